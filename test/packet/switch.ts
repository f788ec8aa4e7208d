/**
 * An Ethernet switch in memory that joins running images, on one simulated clock. It loses, duplicates, delays and
 * corrupts frames as a seed has it: the same seed gives the same run, to the last bit.
 */
import { createHash } from "node:crypto";
import { type Captured, writeCapture } from "../support/capture.ts";
import type { SimulatedNetwork } from "../support/network.ts";
import {
  decodeEthernet,
  decodeIpv4,
  ETHERTYPE,
  encodeEthernet,
  encodeIcmp,
  encodeIpv4,
  PROTOCOL,
} from "../support/packets.ts";
import type { Random } from "../support/random.ts";
import { NEVER, type SimulatedTender } from "../support/tender.ts";

/** Probabilities, for each frame on its way to each receiver. */
export interface Faults {
  readonly loss: number;
  readonly duplication: number;
  /** To be late by up to 50 ms, so that others overtake it. */
  readonly reordering: number;
  /** To arrive with one bit changed. */
  readonly corruption: number;
  /**
   * The path's MTU as time goes by, in ms: an IPv4 packet that is larger and must not be cut is dropped, and its sender told by
   * ICMP, as a router would. Undefined: none.
   */
  readonly mtu?: (ms: number) => number;
}

const LATENCY = 100_000n; // ns
const DELAY_MAX = 50_000_000; // ns
/** Frames that a capture has at most. */
const CAPTURE = 20_000;

interface Port {
  readonly tender: SimulatedTender;
  readonly network: SimulatedNetwork;
  readonly mac: string;
}

interface Delivery {
  readonly at: bigint;
  readonly to: Port;
  readonly frame: Uint8Array;
}

export class Switch {
  /** Frames that were sent into the switch. */
  frames = 0;
  private readonly ports: Port[] = [];
  private deliveries: Delivery[] = [];
  private now = 0n;
  private readonly trace = createHash("sha256");
  private readonly captured: Captured[] = [];

  constructor(
    private readonly random: Random,
    private readonly faults: Faults,
  ) {}

  /** Joins a network device of an image that was started. */
  join(tender: SimulatedTender, network: SimulatedNetwork, mac: readonly number[]): void {
    this.ports.push({ tender, network, mac: Buffer.from(mac).toString("hex") });
  }

  /** Writes the last frames that were sent to a file. @returns its path */
  keepCapture(name: string): string {
    return writeCapture(name, this.captured.slice(-CAPTURE));
  }

  /** A hash of all frames sent so far and their times. */
  get digest(): string {
    return this.trace.copy().digest("hex");
  }

  /**
   * Lets time pass until `done`.
   * @param ms the most time that may pass
   * @returns whether `done` came true
   */
  run(ms: number, done: () => boolean): boolean {
    const end = this.now + BigInt(ms) * 1_000_000n;
    for (;;) {
      for (const port of this.ports) this.collect(port);
      if (done()) return true;
      this.now = this.nextTime();
      if (this.now > end) return false;
      const due = this.deliveries.filter((delivery) => delivery.at <= this.now);
      this.deliveries = this.deliveries.filter((delivery) => delivery.at > this.now);
      for (const delivery of due) delivery.to.network.send(delivery.frame);
    }
  }

  /** When the next delivery or deadline is. */
  private nextTime(): bigint {
    let earliest = this.ports.reduce((earliest, { tender }) => minimum(earliest, tender.deadline), NEVER);
    for (const { at } of this.deliveries) earliest = minimum(earliest, at);
    return earliest;
  }

  /** Lets an image work until it rests, and takes what it sends. */
  private collect(port: Port): void {
    port.tender.now = this.now;
    port.tender.settle();
    for (const frame of port.network.take()) {
      this.frames++;
      this.captured.push({ at: this.now, frame });
      if (this.captured.length > 2 * CAPTURE) this.captured.splice(0, CAPTURE);
      this.trace.update(`${this.now} ${this.ports.indexOf(port)} ${frame.length}\n`).update(frame);
      const destination = Buffer.from(frame.subarray(0, 6)).toString("hex");
      const known = this.ports.filter((other) => other.mac === destination);
      for (const other of known.length ? known : this.ports) if (other !== port) this.forward(frame, other);
    }
  }

  private forward(frame: Uint8Array, to: Port): void {
    const mtu = this.faults.mtu?.(Number(this.now / 1_000_000n));
    const error = mtu === undefined ? undefined : fragmentationNeeded(frame, mtu);
    if (error) {
      const sender = this.ports.find(({ mac }) => mac === Buffer.from(frame.subarray(6, 12)).toString("hex"));
      if (sender) this.deliveries.push({ at: this.now + LATENCY, to: sender, frame: error });
      return;
    }
    if (this.random.chance(this.faults.loss)) return;
    const copies = this.random.chance(this.faults.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = this.random.chance(this.faults.reordering) ? BigInt(this.random.below(DELAY_MAX)) : 0n;
      this.deliveries.push({ at: this.now + LATENCY + late, to, frame: this.corrupt(frame) });
    }
  }

  /** Changes a bit, but in ARP, which has no checksum: what it would have neighbours believe is no fault of theirs. */
  private corrupt(frame: Uint8Array): Uint8Array {
    if (!this.random.chance(this.faults.corruption) || decodeEthernet(frame).type === ETHERTYPE.arp) return frame;
    const changed = frame.slice();
    const bit = this.random.below(frame.length * 8);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    return changed;
  }
}

function minimum(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** What a router answers to a packet that does not fit and must not be cut (RFC 1191, 4); undefined when it does fit. */
function fragmentationNeeded(frame: Uint8Array, mtu: number): Uint8Array | undefined {
  const { type, source, destination, payload } = decodeEthernet(frame);
  if (type !== ETHERTYPE.ipv4 || payload.length <= mtu) return undefined;
  const packet = decodeIpv4(payload);
  if ((packet.fragment & 0x4000) === 0) return undefined;
  const message = encodeIcmp({ type: 3, code: 4, word: mtu, data: payload.subarray(0, 28) });
  // From the other end, which stands for the router: the switch has no address of its own.
  const ends = { source: packet.destination, destination: packet.source };
  const answer = encodeIpv4({ ...ends, protocol: PROTOCOL.icmp, payload: message });
  return encodeEthernet({ source: destination, destination: source, type: ETHERTYPE.ipv4, payload: answer });
}
