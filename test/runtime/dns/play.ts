/** The resolver of resolver.as.ts, and every name server: the test sees each question and says what comes back. */
import assert from "node:assert/strict";
import { type DnsMessage, decodeQuestion, encodeDns } from "../../support/dns.ts";
import { compileGuest } from "../../support/guest.ts";
import { ipv4Number, ipv4Text } from "../../support/packets.ts";
import type { SimulatedTender, TenderOptions } from "../../support/tender.ts";

const image = await compileGuest(import.meta.url, "resolver.as.ts");

/** A question that the resolver has sent. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly edns: number | undefined;
  readonly server: string;
  readonly by: "udp" | "tcp";
  /** Of the socket or stream. */
  readonly number: number;
}

/** What a response says; the rest is as it should be. */
export interface Response extends Partial<DnsMessage> {
  /** Where it comes from, when not from where the question went. */
  readonly from?: string;
  readonly port?: number;
  /** Octets in place of a message. */
  readonly raw?: Uint8Array;
}

const UNDER_WAY = 1000;

export class Play {
  readonly tender: SimulatedTender;
  #datagrams = 0;
  #streams = 0;

  constructor(servers: readonly string[] = ["10.0.0.53"], options: TenderOptions = {}) {
    this.tender = image.instantiate(options).start();
    this.#putAddresses(servers);
    this.call("open", servers.length);
  }

  call(name: string, ...values: (number | bigint)[]): number {
    return Number(this.tender.exports[name]?.(...values));
  }

  /** Sets the servers that the network tells of. */
  tell(...servers: string[]): void {
    this.#putAddresses(servers);
    this.call("tell", servers.length);
  }

  /** Begins a look-up. @returns its number */
  look(name: string, ms = 2n ** 64n - 1n, port = 0): number {
    // The call comes from outside of a step: one before it sets the time.
    this.tender.step();
    const octets = Buffer.from(name);
    this.#put(octets);
    const number = this.call("look", octets.length, ms, port);
    this.work();
    return number;
  }

  /** The addresses that a look-up found, its code, or undefined while it is under way. */
  outcome(number: number): string[] | number | undefined {
    const count = this.call("outcome", number);
    if (count === UNDER_WAY) return undefined;
    if (count < 0) return count;
    return Array.from({ length: count }, (_, i) => {
      const octets = Buffer.alloc(4);
      octets.writeUInt32BE(this.call("address", number, i) >>> 0);
      return ipv4Text(octets);
    });
  }

  /** Looks a name up that is known already, or is none. */
  known(name: string): string[] | number | undefined {
    const before = this.call("socketCount");
    const outcome = this.outcome(this.look(name));
    assert.equal(this.call("socketCount"), before, "a server was asked");
    return outcome;
  }

  /** The questions since the last call. */
  take(): Question[] {
    this.work();
    const questions: Question[] = [];
    for (; this.#datagrams < this.call("socketCount"); this.#datagrams++) {
      const number = this.#datagrams;
      assert.equal(this.call("sentPort", number), 53);
      const octets = this.#bytes(this.call("sentOctets", number), this.call("sentLength", number));
      questions.push(this.#question(octets, this.call("sentTo", number), "udp", number));
    }
    for (; this.#streams < this.call("streamCount"); this.#streams++) {
      const number = this.#streams;
      const octets = this.#bytes(this.call("streamOctets", number), this.call("streamLength", number));
      if (octets.length === 0) continue;
      assert.equal((octets[0] as number) * 256 + (octets[1] as number), octets.length - 2);
      questions.push(this.#question(octets.subarray(2), this.call("streamServer", number), "tcp", number));
    }
    return questions;
  }

  /** The one question since the last call. */
  asked(name: string, server = "10.0.0.53"): Question {
    const [question, more] = this.take();
    assert(question && !more, `${question ? "several questions" : "no question"} where one was expected`);
    assert.deepEqual([question.name, question.server], [name, server]);
    return question;
  }

  silent(): void {
    assert.deepEqual(this.take(), []);
  }

  /** Answers a question. */
  answer(question: Question, response: Response = {}): void {
    const octets = response.raw ?? encodeDns({ id: question.id, question: question.name, ...response });
    if (question.by === "tcp") {
      this.feed(question, Uint8Array.from([octets.length >> 8, octets.length & 255, ...octets]), true);
      return;
    }
    this.#put(octets);
    const from = ipv4Number(response.from ?? question.server);
    this.call("deliver", question.number, from, response.port ?? 53, octets.length);
    this.work();
  }

  /** Lets octets come on a stream. */
  feed(question: Question, octets: Uint8Array, ended: boolean): void {
    this.#put(octets);
    this.call("feed", question.number, octets.length, ended ? 1 : 0);
    this.work();
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.work();
    this.tender.advance(ms);
  }

  work(): void {
    this.tender.step();
    this.tender.settle();
  }

  #question(octets: Uint8Array, server: number, by: "udp" | "tcp", number: number): Question {
    const { id, name, type, edns } = decodeQuestion(octets);
    assert.equal(type, 1);
    const address = Buffer.alloc(4);
    address.writeUInt32BE(server >>> 0);
    return { id, name, edns, server: ipv4Text(address), by, number };
  }

  #putAddresses(addresses: readonly string[]): void {
    const octets = Buffer.alloc(4 * addresses.length);
    for (const [i, address] of addresses.entries()) octets.writeUInt32LE(ipv4Number(address), 4 * i);
    this.#put(octets);
  }

  #put(octets: Uint8Array): void {
    this.tender.memory.bytes(this.call("scratch"), octets.length).set(octets);
  }

  #bytes(address: number, length: number): Uint8Array {
    return this.tender.memory.bytes(address, length).slice();
  }
}
