/**
 * Whole connections. An input is what a peer sends on a connection of its own, once that is open: segments, each with its
 * length before it in two octets, whose sequence and acknowledgment numbers count from what is expected next. The host must
 * not trap, all that it sends must be sound, its memory must stay within bounds, and another connection must go on to be
 * echoed, octet for octet.
 */
import { NET_F_ALL } from "../../runtime/abi/tender.ts";
import { compileGuest } from "../support/guest.ts";
import type { SimulatedNetwork } from "../support/network.ts";
import {
  BROADCAST,
  decodeEthernet,
  decodeIpv4,
  decodeTcp,
  ETHERTYPE,
  encodeArp,
  encodeEthernet,
  encodeIpv4,
  encodeTcp,
  PROTOCOL,
  TCP_FLAG,
} from "../support/packets.ts";
import type { SimulatedTender } from "../support/tender.ts";
import { repair } from "./repair.ts";
import type { Target } from "./target.ts";

const image = await compileGuest(import.meta.url, "connection.as.ts");

const HOST = { mac: "02:00:00:00:00:02", ip: "10.0.0.2" } as const;
const PEER = { mac: "02:00:00:00:00:01", ip: "10.0.0.1" } as const;
const PORT = 7;
/** Bytes of memory that the image may have grown to. */
const MEMORY_MAX = 48 << 20;
/** Inputs after which a minute passes, so that what is left of their connections times out. */
const MINUTE_EVERY = 128;
/** Segments of an input that are sent. */
const SEGMENTS_MAX = 24;
const { syn, ack, rst } = TCP_FLAG;

type Segment = ReturnType<typeof decodeTcp>;

/** One end of a connection, played by the book. */
class Peer {
  next = 0xfffff000;
  expected = 0;
  heard = "";

  constructor(
    private readonly wire: Wire,
    readonly port: number,
  ) {}

  open(): void {
    this.send(syn, new Uint8Array());
    this.next = (this.next + 1) >>> 0;
    const answer = this.wire.take().find(({ destinationPort }) => destinationPort === this.port);
    if (answer?.flags !== (syn | ack)) throw new Error("a SYN is not answered");
    this.expected = (answer.sequence + 1) >>> 0;
    this.send(ack, new Uint8Array());
  }

  send(flags: number, data: Uint8Array): void {
    const { port: sourcePort, next: sequence, expected } = this;
    const acknowledgment = flags & ack ? expected : 0;
    const segment = { sourcePort, destinationPort: PORT, sequence, acknowledgment, flags, window: 65535, data };
    this.wire.segment(encodeTcp(segment, PEER.ip, HOST.ip));
  }

  hear(segment: Segment): void {
    if (segment.flags & rst) throw new Error("the other connection is reset");
    if (segment.data.length === 0 || segment.sequence !== this.expected) return;
    this.heard += Buffer.from(segment.data).toString("latin1");
    this.expected = (segment.sequence + segment.data.length) >>> 0;
    this.send(ack, new Uint8Array());
  }

  /** Says something that must be echoed. */
  talk(text: string): void {
    this.heard = "";
    this.send(ack | TCP_FLAG.psh, Buffer.from(text));
    this.next = (this.next + text.length) >>> 0;
    for (const segment of this.wire.take()) if (segment.destinationPort === this.port) this.hear(segment);
    this.wire.take();
    if (this.heard !== text) throw new Error(`the other connection hears "${this.heard}" in place of "${text}"`);
  }
}

/** The cable to the host. */
class Wire {
  readonly host: SimulatedTender;
  private readonly cable: SimulatedNetwork;

  constructor(offload: boolean) {
    this.host = image.instantiate({ arguments: [`--offload=${offload}`] });
    this.cable = this.host.network("service", { features: offload ? NET_F_ALL : 0 });
    this.host.start();
  }

  /** Tells the host where the peer is: entries expire. */
  introduce(): void {
    const zero = "00:00:00:00:00:00";
    const payload = encodeArp({ operation: 1, sha: PEER.mac, spa: PEER.ip, tha: zero, tpa: HOST.ip });
    this.cable.send(encodeEthernet({ destination: BROADCAST, source: PEER.mac, type: ETHERTYPE.arp, payload }));
    this.take();
  }

  /** @param change what is done to the whole frame */
  segment(payload: Uint8Array, change: (frame: Uint8Array) => Uint8Array = (frame) => frame): void {
    const packet = encodeIpv4({ source: PEER.ip, destination: HOST.ip, protocol: PROTOCOL.tcp, payload });
    const ends = { destination: HOST.mac, source: PEER.mac };
    this.cable.send(change(encodeEthernet({ ...ends, type: ETHERTYPE.ipv4, payload: packet })));
  }

  /** Lets the host work. @returns the segments that it sends, all of which must be sound */
  take(): Segment[] {
    this.host.settle();
    return this.cable.take().flatMap((bytes) => {
      const { type, payload } = decodeEthernet(bytes);
      if (type !== ETHERTYPE.ipv4) return [];
      const packet = decodeIpv4(payload);
      return packet.protocol === PROTOCOL.tcp ? [decodeTcp(packet.payload, HOST.ip, PEER.ip)] : [];
    });
  }
}

export function connectionTarget(): Target {
  return target("connection", false);
}

export function connectionOffloadTarget(): Target {
  return target("connection with offloads", true);
}

function target(what: string, offload: boolean): Target {
  const wire = new Wire(offload);
  const good = new Peer(wire, 1024);
  wire.introduce();
  good.open();
  let fed = 0;
  return {
    name: "connection",
    cost: 25,
    feed(input) {
      fed++;
      if (fed % MINUTE_EVERY === 0) {
        wire.host.advance(61_000);
        wire.introduce();
      }
      const bad = new Peer(wire, 2000 + (fed % 60_000));
      bad.open();
      // A quarter of the inputs keeps the checksums that it has, which are wrong. What leaves checksums reads whole headers.
      play(wire, bad, input, { sound: fed % 4 !== 0, shortest: offload ? 20 : 0 });
      good.talk(`words ${fed}`);
      // What the host expects next is known from its last acknowledgment, when it has sent one.
      bad.send(rst, new Uint8Array());
      wire.take();
      const bytes = wire.host.memory.memory.buffer.byteLength;
      if (bytes > MEMORY_MAX) throw new Error(`${what}: ${bytes} bytes of memory`);
      wire.host.now += 1_000_000n;
    },
  };
}

interface Manner {
  /** Whether checksums are to be right. */
  readonly sound: boolean;
  /** Octets that a segment must have to be sent. */
  readonly shortest: number;
}

/** Sends the segments of an input on a connection. */
function play(wire: Wire, bad: Peer, input: Uint8Array, { sound, shortest }: Manner): void {
  const bytes = Buffer.from(input);
  for (let at = 0, count = 0; at + 2 <= bytes.length && count < SEGMENTS_MAX; count++) {
    const end = at + 2 + bytes.readUInt16BE(at);
    const segment = Buffer.from(bytes.subarray(at + 2, end));
    at = end;
    if (segment.length < shortest) continue;
    if (segment.length >= 12) {
      segment.writeUInt16BE(bad.port, 0);
      segment.writeUInt16BE(PORT, 2);
      segment.writeUInt32BE((segment.readUInt32BE(4) + bad.next) >>> 0, 4);
      segment.writeUInt32BE((segment.readUInt32BE(8) + bad.expected) >>> 0, 8);
    }
    wire.segment(segment.subarray(0, 1480), sound ? repair : undefined);
    for (const answer of wire.take()) {
      if (answer.destinationPort !== bad.port || !(answer.flags & ack)) continue;
      // As far as it has been heard: so the next segment is where it should be.
      if (((answer.acknowledgment - bad.next) | 0) > 0) bad.next = answer.acknowledgment;
      const behind = (answer.sequence + answer.data.length) >>> 0;
      if (answer.data.length && ((behind - bad.expected) | 0) > 0) bad.expected = behind;
    }
  }
}
