/**
 * Queries by TCP (RFC 7766): each message behind its length, two octets. A client may send many without waiting, and gets the
 * answers in their order. What a connection holds is bounded, and so is how long it may be idle; who has most of them
 * loses them first.
 */
import { load16be, store16be } from "../../base/bytes";
import { E_CANCELLED, OK } from "../../base/result";
import { Flow, Listener } from "../../flow/stream";
import { after, Fiber, remaining } from "../../sched/fiber";
import { now } from "../../sys/clock";
import { DnsServer } from "./server";

/** Octets of a message's length. */
const PREFIX: u32 = 2;
/** Octets of the longest query that is taken: a question, and EDNS with options that are longer than any in use. */
const QUERY_MAX: u32 = 4096;
/** Octets of answers from which on they are sent, also where there are more queries. The buffer grows where one is longer. */
const GATHERED: u32 = 4096;
/** Octets of the longest message (RFC 1035, 4.2.2). */
const MESSAGE_MAX: u32 = 65535;

export class DnsStreams {
  /** How long a connection may be without a whole query, and what is written without being taken, in ms (RFC 7766, 6.2.3). */
  idle: u32 = 10000;
  /** Most connections: of all clients, and of one address. */
  most: u32 = 128;
  mostOfOne: u32 = 32;
  private first: Connection | null = null;
  /** Where an answer is written before it is copied to its connection. Between the two nothing waits. */
  private scratch: usize = 0;

  constructor(private server: DnsServer) {}

  /** Takes connections. @returns E_CANCELLED when its fiber is */
  accept(listener: Listener): i32 {
    if (this.scratch == 0) this.scratch = heap.alloc(MESSAGE_MAX);
    for (let flow = listener.accept(); flow; flow = listener.accept()) this.open(flow);
    return E_CANCELLED;
  }

  /** Begins to serve a connection. */
  private open(flow: Flow): void {
    this.makeRoom(flow.remoteAddress);
    this.server.counters.connections++;
    const connection = new Connection(this, flow);
    connection.following = this.first;
    this.first = connection;
    connection.spawn();
  }

  /** Forgets a connection. */
  remove(connection: Connection): void {
    if (this.first === connection) {
      this.first = connection.following;
      return;
    }
    let before = this.first;
    while (before && before.following !== connection) before = before.following;
    if (before) before.following = connection.following;
  }

  /** Breaks off the connection that was idle longest, where there are too many: one of the same client if those are. */
  private makeRoom(address: u32): void {
    let all: u32 = 0;
    let same: u32 = 0;
    let oldest: Connection | null = null;
    let oldestSame: Connection | null = null;
    let c = this.first;
    while (c) {
      all++;
      if (!oldest || c.usedAt < oldest.usedAt) oldest = c;
      if (c.flow.remoteAddress == address) {
        same++;
        if (!oldestSame || c.usedAt < oldestSame.usedAt) oldestSame = c;
      }
      c = c.following;
    }
    const victim = same >= this.mostOfOne ? oldestSame : all >= this.most ? oldest : null;
    if (!victim) return;
    this.server.counters.connectionsEvicted++;
    this.remove(victim);
    victim.flow.abort();
  }

  /** Answers a message in the memory that all connections share. @returns octets of the answer; 0: there is none */
  answer(ptr: usize, length: u32, address: u32): u32 {
    this.server.counters.tcpQueries++;
    return this.server.answer(ptr, length, address, this.scratch, MESSAGE_MAX, true);
  }

  /** Where answer has written it. */
  get answered(): usize {
    return this.scratch;
  }
}

/** One connection, on a fiber of its own. */
class Connection extends Fiber {
  /** The next one of its server. */
  following: Connection | null = null;
  /** When a query came last, in ns on `now`'s clock. */
  usedAt: u64 = now();
  private input: Uint8Array = new Uint8Array(PREFIX + QUERY_MAX);
  private output: Uint8Array = new Uint8Array(GATHERED);
  /** Octets in the output. */
  private gathered: u32 = 0;

  constructor(
    private streams: DnsStreams,
    readonly flow: Flow,
  ) {
    super();
  }

  run(): void {
    this.flow.noDelay = true;
    // A peer that broke a rule, or does not take its answers, is not waited for.
    if (this.converse()) this.flow.close();
    else this.flow.abort();
    this.streams.remove(this);
  }

  /** @returns whether the other side has ended the conversation */
  private converse(): bool {
    const idle = this.streams.idle;
    const input = this.input.dataStart;
    let have: u32 = 0;
    let deadline = after(idle);
    // Octet by octet a query may not take longer than all at once.
    for (let wait = remaining(deadline); wait != 0; wait = remaining(deadline)) {
      const count = this.flow.readTo(input + have, PREFIX + QUERY_MAX - have, wait);
      if (count <= 0) break;
      have += count;
      let at: u32 = 0;
      while (have - at >= PREFIX) {
        const length = <u32>load16be(input + at);
        if (length > QUERY_MAX) return false;
        if (have - at - PREFIX < length) break;
        if (!this.take(input + at + PREFIX, length)) return false;
        at += PREFIX + length;
      }
      if (at == 0) continue;
      have -= at;
      memory.copy(input, input + at, have);
      if (!this.send()) return false;
      this.usedAt = now();
      deadline = after(idle);
    }
    return true;
  }

  /** Answers a query. @returns false where the connection is to end */
  private take(ptr: usize, length: u32): bool {
    const size = this.streams.answer(ptr, length, this.flow.remoteAddress);
    if (size == 0) return false;
    const gathered = this.gathered;
    const end = gathered + PREFIX + size;
    if (end > <u32>this.output.length) {
      const larger = new Uint8Array(end);
      memory.copy(larger.dataStart, this.output.dataStart, gathered);
      this.output = larger;
    }
    const to = this.output.dataStart + gathered;
    store16be(to, size as u16);
    memory.copy(to + PREFIX, this.streams.answered, size);
    this.gathered = end;
    return end < GATHERED || this.send();
  }

  /** Sends what was gathered. */
  private send(): bool {
    const length = this.gathered;
    this.gathered = 0;
    return this.flow.writeFrom(this.output.dataStart, length, this.streams.idle, false) == OK;
  }
}
