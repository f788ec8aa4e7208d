/**
 * Puts fragmented datagrams together (RFC 791, 3.2; RFC 1122, 3.3.2).
 *
 * Fragments can be forged by anyone, so their memory is bounded, and shared out: the source's address chooses a set, and
 * what is new in a full set, or in one that holds more than its share of the octets, displaces that set's oldest datagram.
 * Thus a flood from few addresses leaves others alone; one from invented addresses has to bring dozens of datagrams within
 * the time that an honest one takes from its first fragment to its last.
 *
 * Fragments that overlap are no accident: the datagram is dropped, and all that still comes of it (as RFC 5722 has it for
 * IPv6, against RFC 1858's attacks). One that was merely sent twice is passed over.
 */
import { setElement } from "../base/elements";
import { Timer } from "../sched/timer";
import { now } from "../sys/clock";
import { randomU32 } from "../sys/random";
import { REASSEMBLY_TIMEOUT, TIME_EXCEEDED } from "../wire/icmpv4";
import * as wire from "../wire/ipv4";
import {
  CHUNK,
  compare,
  FragmentStore,
  NEW,
  OVERLAPPING,
  octetsOf,
  PARTS,
  partOf,
  within,
  write,
} from "./fragmentstore";
import { ErrorReporter } from "./protocol";

/** How long a datagram may take from the first fragment that comes: 60 to 120 seconds (RFC 1122, 3.3.2). */
const TIMEOUT: u64 = 60 * 1000000000;
const SETS: u32 = 8;
/** Datagrams in a set. */
const WAYS: u32 = 4;
/** Chunks of memory that a set may hold: two of the largest datagrams, or a third of all. */
const SHARE: u32 = 2 * PARTS;

/** A datagram of which not all is there. */
class Partial {
  /** When it is given up, in ns on `now`'s clock; 0: the entry is free. */
  deadline: u64 = 0;
  source: u32 = 0;
  destination: u32 = 0;
  /** Identification and protocol (RFC 791, 3.2 names both addresses and these). */
  key: u32 = 0;
  /** What comes of it is dropped. */
  refused: bool = false;
  /** Octets of the header, which is the first fragment's; 0: that has not come. */
  header: u32 = 0;
  /** Octets of the whole payload; 0: the last fragment has not come. */
  end: u32 = 0;
  /** Where the furthest fragment ends. */
  furthest: u32 = 0;
  /** Octets that are there, in units of 8. */
  units: u32 = 0;
  /** Chunks that it holds. */
  chunks: u32 = 0;

  /** @param memory room for the address of each of PARTS chunks, 0 where there is none, and behind them for a header */
  constructor(private memory: usize) {}

  get headerOctets(): usize {
    return this.memory + PARTS * sizeof<usize>();
  }

  chunkAt(part: u32): usize {
    return load<usize>(this.memory + part * sizeof<usize>());
  }

  setChunk(part: u32, chunk: usize): void {
    store<usize>(this.memory + part * sizeof<usize>(), chunk);
  }
}

/** Gives up what has waited too long. */
class ExpiryTimer extends Timer {
  reassembly: Reassembly | null = null;

  fire(): void {
    const reassembly = this.reassembly;
    if (reassembly) reassembly.expire();
  }
}

export class Reassembly {
  private store: FragmentStore = new FragmentStore();
  private entries: StaticArray<Partial>;
  /** Chooses sets, so that nobody can tell who shares one with whom. */
  private secret: u32 = randomU32() | 1;
  private timer: ExpiryTimer = new ExpiryTimer();
  /** Tells senders that fragments were missing. */
  reporter: ErrorReporter | null = null;
  /** The latest deadline. No two are the same, so that they tell which datagram is older. */
  private latest: u64 = 0;
  /** Where a whole datagram is handed up from. */
  private whole: usize = heap.alloc(wire.DATAGRAM_MAX + 1);

  // Counters, named after RFC 4293's ipSystemStatsTable.
  /** Fragments received. */
  ipReasmReqds: u64 = 0;
  /** Datagrams put together. */
  ipReasmOKs: u64 = 0;
  /** Datagrams given up, and fragments that cannot be right. */
  ipReasmFails: u64 = 0;

  constructor() {
    const each = PARTS * sizeof<usize>() + wire.HEADER_LENGTH_MAX;
    let block = heap.alloc(SETS * WAYS * each);
    memory.fill(block, 0, SETS * WAYS * each);
    const entries = new StaticArray<Partial>(SETS * WAYS);
    for (let i: u32 = 0; i < SETS * WAYS; i++) {
      setElement(entries, i, new Partial(block));
      block += each;
    }
    this.entries = entries;
    this.timer.reassembly = this;
  }

  /**
   * Takes a fragment.
   * @param ip its header, after all checks
   * @returns the whole datagram that it completes, valid until the next call; else 0
   */
  add(ip: usize): usize {
    this.ipReasmReqds++;
    const header = wire.headerLength(ip);
    const octets = ip + header;
    const length = wire.totalLength(ip) - header;
    const offset = wire.fragmentOffset(ip);
    const end = offset + length;
    const last = !wire.moreFragments(ip);
    // RFC 1858 and the ping of death: pieces of nothing, pieces that leave gaps, and wholes that no header could tell.
    if (length == 0 || (!last && (length & 7) != 0) || end + header > wire.DATAGRAM_MAX) {
      this.ipReasmFails++;
      return 0;
    }
    const partial = this.find(ip);
    if (partial.refused) return 0;
    const fits = last
      ? partial.end
        ? end == partial.end
        : end >= partial.furthest
      : !partial.end || end <= partial.end;
    const known = fits ? this.inspect(partial, offset, octets, end) : OVERLAPPING;
    if (known == OVERLAPPING) this.fail(partial);
    if (known != NEW) return 0;
    this.keep(partial, offset, octets, end);
    if (last) partial.end = end;
    partial.furthest = max(partial.furthest, end);
    partial.units += (length + 7) >> 3;
    if (offset == 0) {
      partial.header = header;
      memory.copy(partial.headerOctets, ip, header);
    }
    return partial.end != 0 && partial.units == (partial.end + 7) >> 3 ? this.complete(partial) : 0;
  }

  /** For the timer: gives up what has waited too long, and tells senders of it whose first fragment has come. */
  expire(): void {
    const time = now();
    let next = u64.MAX_VALUE;
    for (let i: u32 = 0; i < SETS * WAYS; i++) {
      const partial = unchecked(this.entries[i]);
      if (partial.deadline == 0) continue;
      if (partial.deadline > time) {
        next = min(next, partial.deadline);
        continue;
      }
      let first: usize = 0;
      if (partial.header) {
        const length = wire.totalLength(partial.headerOctets) - partial.header;
        first = this.gather(partial, min(length, CHUNK));
      }
      this.fail(partial);
      partial.deadline = 0;
      // RFC 1122, 3.3.2: "If the timeout occurs, the partially-reassembled datagram MUST be discarded and an ICMP Time
      // Exceeded message sent to the source host (if fragment zero has been received)."
      const reporter = this.reporter;
      if (first && reporter) reporter.report(first, TIME_EXCEEDED, REASSEMBLY_TIMEOUT, 0);
    }
    this.timer.arm(next);
  }

  /** The entry of a fragment's datagram, a new one if need be. */
  private find(ip: usize): Partial {
    const source = wire.sourceAddress(ip);
    const destination = wire.destinationAddress(ip);
    const key = (wire.identification(ip) << 8) | wire.protocol(ip);
    const set = this.setOf(source);
    for (let i: u32 = set; i < set + WAYS; i++) {
      const entry = unchecked(this.entries[i]);
      if (entry.deadline && entry.key == key && entry.source == source && entry.destination == destination)
        return entry;
    }
    const entry = this.oldest(set, set + WAYS);
    if (entry.deadline) this.fail(entry);
    this.latest = max(now() + TIMEOUT, this.latest + 1);
    entry.deadline = this.latest;
    entry.source = source;
    entry.destination = destination;
    entry.key = key;
    entry.refused = false;
    entry.header = entry.end = entry.furthest = entry.units = 0;
    // All wait equally long, so the armed time, if any, is earlier.
    if (!this.timer.armed) this.timer.arm(entry.deadline);
    return entry;
  }

  /** The entry between two places that is free, or else the oldest. */
  private oldest(from: u32, to: u32): Partial {
    let oldest = unchecked(this.entries[from]);
    for (let i = from + 1; i < to; i++) {
      const entry = unchecked(this.entries[i]);
      if (entry.deadline < oldest.deadline) oldest = entry;
    }
    return oldest;
  }

  /** What a fragment is to what is there of its datagram. */
  private inspect(partial: Partial, offset: u32, octets: usize, end: u32): i32 {
    let known = -1;
    while (offset < end) {
      const length = within(offset, end);
      const chunk = partial.chunkAt(partOf(offset));
      const piece = chunk ? compare(chunk, offset, octets, length) : NEW;
      if (known >= 0 && piece != known) return OVERLAPPING;
      known = piece;
      offset += length;
      octets += length;
    }
    return known;
  }

  /** Writes a fragment to the chunks of its datagram. */
  private keep(partial: Partial, offset: u32, octets: usize, end: u32): void {
    while (offset < end) {
      const length = within(offset, end);
      const part = partOf(offset);
      let chunk = partial.chunkAt(part);
      if (!chunk) {
        this.makeRoom(partial);
        chunk = this.store.take();
        partial.setChunk(part, chunk);
        partial.chunks++;
      }
      write(chunk, offset, octets, length);
      offset += length;
      octets += length;
    }
  }

  /** Gives up other datagrams until there is a chunk for one: of its set while that holds its share, else of all. */
  private makeRoom(partial: Partial): void {
    const set = this.setOf(partial.source);
    for (;;) {
      let held: u32 = 0;
      for (let i = set; i < set + WAYS; i++) held += unchecked(this.entries[i]).chunks;
      if (held >= SHARE) this.evict(set, set + WAYS, partial);
      else if (this.store.empty) this.evict(0, SETS * WAYS, partial);
      else return;
    }
  }

  /** Gives up the oldest datagram between two places that holds chunks, but not one. There is one: none holds PARTS. */
  private evict(from: u32, to: u32, except: Partial): void {
    let oldest = except;
    for (let i = from; i < to; i++) {
      const entry = unchecked(this.entries[i]);
      if (entry.chunks == 0 || entry === except) continue;
      if (oldest === except || entry.deadline < oldest.deadline) oldest = entry;
    }
    this.fail(oldest);
    oldest.deadline = 0;
  }

  /** The whole of a datagram that is complete. */
  private complete(partial: Partial): usize {
    const header = partial.header;
    const end = partial.end;
    // Its first fragment may have options that the others do not have.
    if (header + end > wire.DATAGRAM_MAX) {
      this.fail(partial);
      return 0;
    }
    const whole = this.gather(partial, end);
    wire.makeWhole(whole, header + end);
    this.release(partial);
    partial.deadline = 0;
    this.ipReasmOKs++;
    return whole;
  }

  /** Copies the header and so much of the payload to one place. */
  private gather(partial: Partial, length: u32): usize {
    const header = partial.header;
    const whole = this.whole;
    memory.copy(whole, partial.headerOctets, header);
    for (let at: u32 = 0; at < length; at += CHUNK) {
      memory.copy(whole + header + at, octetsOf(partial.chunkAt(partOf(at))), min(CHUNK, length - at));
    }
    return whole;
  }

  /** Refuses a datagram, and all that still comes of it until its time is over. */
  private fail(partial: Partial): void {
    if (!partial.refused) this.ipReasmFails++;
    partial.refused = true;
    partial.header = 0;
    this.release(partial);
  }

  /** Gives a datagram's chunks back. */
  private release(partial: Partial): void {
    for (let part: u32 = 0; part < PARTS && partial.chunks != 0; part++) {
      const chunk = partial.chunkAt(part);
      if (chunk == 0) continue;
      this.store.give(chunk);
      partial.setChunk(part, 0);
      partial.chunks--;
    }
  }

  /** Where the set of a source begins. */
  private setOf(source: u32): u32 {
    return ((source * this.secret) >> 29) * WAYS;
  }
}
