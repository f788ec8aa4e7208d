/** A server of server.as.ts, and its clients. */
import { type DnsMessage, type DnsRecord, encodeDns } from "../../../support/dns.ts";
import { decodeMessage, type Message } from "../../../support/dnsmessage.ts";
import { compileGuest } from "../../../support/guest.ts";
import { ipv4Number } from "../../../support/packets.ts";
import type { SimulatedTender, TenderOptions } from "../../../support/tender.ts";
import { zonesOf } from "./zones.ts";

const image = await compileGuest(import.meta.url, "server.as.ts");

export const COUNTERS = [
  "udpQueries",
  "tcpQueries",
  "dropped",
  "rateDropped",
  "rateTruncated",
  "truncated",
  "connections",
  "connectionsEvicted",
] as const;

const CLIENT = "192.0.2.7";

/** A record of EDNS. @param ttl the response code's upper bits, version and flags */
export function opt(size = 1232, ttl = 0, options: readonly number[] = []): DnsRecord {
  return { name: "", type: 41, class: size, ttl, data: options };
}

/** An option of EDNS. */
export const option = (code: number, data: ArrayLike<number> = []): number[] => [
  ...[code >> 8, code & 255, data.length >> 8, data.length & 255],
  ...Array.from(data),
];

/** A query: recursion not desired, as `dig +norec` has it. */
export function query(question: string | readonly number[], type = 1, rest: Partial<DnsMessage> = {}): Uint8Array {
  return encodeDns({ id: 0x1234, flags: 0, question, type, ...rest });
}

export class Served {
  readonly tender: SimulatedTender;
  readonly #taken = new Map<number, number>();

  /** @param zones the text of a master file, or those of several */
  constructor(zones: string | readonly string[], options: TenderOptions = {}) {
    this.tender = image.instantiate(options).start();
    this.load(zonesOf(...[zones].flat()));
  }

  /** Serves other zones from now on. */
  load(block: Uint8Array): void {
    const at = this.call("room", block.length);
    this.tender.memory.bytes(at, block.length).set(block);
    this.call("open", at);
  }

  call(name: string, ...values: (number | bigint)[]): number {
    return Number(this.tender.exports[name]?.(...values));
  }

  /** Sends a message by UDP. @returns the response's octets; undefined when there is none */
  octets(message: Uint8Array, from = CLIENT, room = 1472): Buffer | undefined {
    this.#put(message);
    return this.#answer(this.call("ask", message.length, ipv4Number(from), room), room);
  }

  /** The same by TCP. */
  octetsByStream(message: Uint8Array, from = CLIENT): Buffer | undefined {
    this.#put(message);
    return this.#answer(this.call("askByStream", message.length, ipv4Number(from)), 65535);
  }

  ask(message: Uint8Array, from = CLIENT): Message {
    const octets = this.octets(message, from);
    if (!octets) throw new Error("no response");
    return decodeMessage(octets);
  }

  counter(name: (typeof COUNTERS)[number]): number {
    return this.call("counter", COUNTERS.indexOf(name));
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.tender.step().settle();
    this.tender.advance(ms);
    this.tender.step().settle();
  }

  // Streams

  connect(from = CLIENT): number {
    const stream = this.call("connect", ipv4Number(from));
    this.tender.step().settle();
    return stream;
  }

  feed(stream: number, octets: Uint8Array): void {
    this.#put(octets);
    this.call("feed", stream, octets.length);
    this.tender.step().settle();
  }

  /** Whole messages that have come on a stream since the last call. */
  taken(stream: number): Buffer[] {
    const all = Buffer.from(this.tender.memory.bytes(this.call("sentOctets", stream), this.call("sentLength", stream)));
    const messages: Buffer[] = [];
    let at = this.#taken.get(stream) ?? 0;
    while (all.length - at >= 2 && all.length - at - 2 >= all.readUInt16BE(at)) {
      messages.push(all.subarray(at + 2, at + 2 + all.readUInt16BE(at)));
      at += 2 + all.readUInt16BE(at);
    }
    this.#taken.set(stream, at);
    return messages;
  }

  /** "open", "closed" or "aborted". */
  state(stream: number): string {
    return ["open", "closed", "aborted"][this.call("over", stream)] ?? "";
  }

  #answer(length: number, room: number): Buffer | undefined {
    if (length <= 0) return undefined;
    const bytes = this.tender.memory.bytes(this.call("answered"), 65536);
    // What is behind its room was not touched.
    if (length > room || bytes[room] !== 0xee) throw new Error(`a response of ${length} octets overflows`);
    return Buffer.from(bytes.subarray(0, length));
  }

  #put(octets: Uint8Array): void {
    this.tender.memory.bytes(this.call("scratch"), octets.length).set(octets);
  }
}
