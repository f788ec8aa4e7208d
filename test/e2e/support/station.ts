/** A station on a tap that sends whatever the test wants, and sees every frame that comes out of the guest. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import {
  BROADCAST,
  decodeArp,
  decodeEthernet,
  decodeIcmp,
  decodeIpv4,
  ETHERTYPE,
  type EthernetFrame,
  encodeArp,
  encodeEthernet,
  encodeIcmp,
  encodeIpv4,
  PROTOCOL,
} from "../../support/packets.ts";
import { peer } from "./builds.ts";
import { GUEST_MAC, type Host } from "./host.ts";
import { type Program, within } from "./program.ts";

export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;
export const ECHO_REQUEST = 8;
export const ECHO_REPLY = 0;

export class Station {
  /** The stations that it stands for: an Ethernet address for each IPv4 address. ARP requests for them are answered. */
  readonly neighbours = new Map<string, string>();
  readonly #program: Program;
  /** Frames that came and were not asked for yet. */
  #frames: EthernetFrame[] = [];
  #bytes = Buffer.alloc(0);
  #listens = false;
  #arrived: () => void = () => undefined;

  private constructor(program: Program) {
    this.#program = program;
    program.child.stdout?.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  /** Opens a station on an interface of the host. */
  static async open(host: Host, name: string): Promise<Station> {
    const station = new Station(host.filter(await peer("station"), name));
    await station.#until("the station to listen", () => station.#listens || undefined);
    return station;
  }

  /** Sends a frame. */
  send(frame: Uint8Array): void {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(frame.length);
    this.#program.child.stdin?.write(Buffer.concat([length, frame]));
  }

  /**
   * Waits for a frame that `pick` makes something of. The frames before it are forgotten.
   * @param what it is, to be read after "waited for"
   */
  next<T>(what: string, pick: (frame: EthernetFrame) => T | undefined): Promise<T> {
    return this.#until(what, () => {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
        const picked = pick(frame);
        if (picked !== undefined) return picked;
      }
      return undefined;
    });
  }

  /** Sends an echo request from a neighbour. @returns its identifier and sequence number */
  request(from: string, to: string): number {
    const word = randomInt(2 ** 32);
    const source = this.neighbours.get(from);
    assert(source !== undefined, `${from} is no neighbour`);
    const message = encodeIcmp({ type: ECHO_REQUEST, code: 0, word, data: Buffer.from("fence") });
    const packet = encodeIpv4({ source: from, destination: to, protocol: PROTOCOL.icmp, payload: message });
    this.send(encodeEthernet({ destination: GUEST_MAC, source, type: ETHERTYPE.ipv4, payload: packet }));
    return word;
  }

  /**
   * Has the guest answer an echo request.
   * @returns the frames that came before the answer, but for what the guest says of its address in its own time; and the answer
   */
  async echo(from: string, to: string): Promise<{ before: EthernetFrame[]; reply: EthernetFrame }> {
    const word = this.request(from, to);
    const before: EthernetFrame[] = [];
    const reply = await this.next(`the answer to ${from}'s echo request`, (frame) => {
      if (isEchoReply(frame, word)) return frame;
      if (!isAnnouncement(frame)) before.push(frame);
      return undefined;
    });
    return { before, reply };
  }

  /** Sends frames that the guest must not answer in any way. @param from a neighbour that it knows already */
  async unanswered(frames: readonly Uint8Array[], from: string, to: string): Promise<void> {
    await this.echo(from, to);
    for (const frame of frames) this.send(frame);
    // The guest takes frames in their order: an answer to one of them would come before this.
    const { before } = await this.echo(from, to);
    assert.deepEqual(before, []);
  }

  #read(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    while (this.#bytes.length >= 2) {
      const end = 2 + this.#bytes.readUInt16BE();
      if (this.#bytes.length < end) break;
      if (end === 2) this.#listens = true;
      else this.#take(decodeEthernet(Uint8Array.from(this.#bytes.subarray(2, end))));
      this.#bytes = this.#bytes.subarray(end);
    }
    this.#arrived();
  }

  #take(frame: EthernetFrame): void {
    this.#frames.push(frame);
    if (frame.type !== ETHERTYPE.arp) return;
    const { operation, sha, spa, tpa } = decodeArp(frame.payload);
    const mac = this.neighbours.get(tpa);
    if (operation !== ARP_REQUEST || mac === undefined) return;
    // A request to one station reaches only that.
    if (frame.destination !== BROADCAST && frame.destination !== mac) return;
    const reply = encodeArp({ operation: ARP_REPLY, sha: mac, spa: tpa, tha: sha, tpa: spa });
    this.send(encodeEthernet({ destination: sha, source: mac, type: ETHERTYPE.arp, payload: reply }));
  }

  /** Waits until `look` finds something. */
  #until<T>(what: string, look: () => T | undefined): Promise<T> {
    const search = async () => {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        assert(this.#program.running, "the station has ended");
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
      }
    };
    return within(() => what, search());
  }
}

/** Whether a station says which address it has (RFC 5227, 2.3). */
function isAnnouncement({ type, payload }: EthernetFrame): boolean {
  if (type !== ETHERTYPE.arp) return false;
  const { operation, spa, tpa } = decodeArp(payload);
  return operation === ARP_REQUEST && spa === tpa;
}

function isEchoReply(frame: EthernetFrame, word: number): boolean {
  if (frame.type !== ETHERTYPE.ipv4) return false;
  const packet = decodeIpv4(frame.payload);
  if (packet.protocol !== PROTOCOL.icmp) return false;
  const message = decodeIcmp(packet.payload);
  return message.type === ECHO_REPLY && message.word === word;
}
