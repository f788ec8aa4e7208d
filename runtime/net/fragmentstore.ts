/**
 * The memory in which datagrams are put together: chunks of 4 KiB from one pool, which grows up to a limit and
 * keeps what it has. A datagram's octets stand in its chunks at the offsets that they have in it, and a map tells which
 * of them are there, a bit for eight:
 *
 *      0       64
 *     |map    |octets ...                       and in a free chunk the next free one at 0
 *
 * Fragments begin at multiples of 8, and all but the last have a multiple of 8 octets (RFC 791, 3.2).
 */
import { equal } from "../base/bytes";
import { isShort } from "./shortage";

const CHUNK_BITS: u32 = 12;
/** Octets of a datagram in a chunk. */
export const CHUNK: u32 = 1 << CHUNK_BITS;
const MAP: u32 = CHUNK / 64;
/** Chunks of the largest datagram. */
export const PARTS: u32 = 65536 >> CHUNK_BITS;
/** The pool's limit. It grows by what the largest datagram needs, and is never smaller. */
const CHUNKS: u32 = 6 * PARTS;

/** What a fragment is to what is there: nothing of it is; all of it is, and the same; or some is, or another. */
export const NEW: i32 = 0;
export const REPEATED: i32 = 1;
export const OVERLAPPING: i32 = 2;

export class FragmentStore {
  /** Chunks that are free. */
  private free: usize = 0;
  /** Chunks that were made. */
  private made: u32 = 0;

  constructor() {
    this.grow();
  }

  /** Whether all chunks are taken and no more can be made. */
  get empty(): bool {
    return this.free == 0 && (this.made == CHUNKS || isShort(1));
  }

  /** Takes an empty chunk out of the pool, which must not be empty. */
  take(): usize {
    if (this.free == 0) this.grow();
    const chunk = this.free;
    this.free = load<usize>(chunk);
    memory.fill(chunk, 0, MAP);
    return chunk;
  }

  /** Gives a chunk back. */
  give(chunk: usize): void {
    store<usize>(chunk, this.free);
    this.free = chunk;
  }

  private grow(): void {
    let chunk = heap.alloc(PARTS * (MAP + CHUNK));
    for (let i: u32 = 0; i < PARTS; i++, chunk += MAP + CHUNK) this.give(chunk);
    this.made += PARTS;
  }
}

/** Index of the chunk in which the octet at an offset stands. */
export function partOf(offset: u32): u32 {
  return offset >> CHUNK_BITS;
}

/** How many of a datagram's octets from `offset` to `end` stand in the same chunk as the first. */
export function within(offset: u32, end: u32): u32 {
  return min(end, (offset | (CHUNK - 1)) + 1) - offset;
}

/** Compares octets with those in their chunk. @returns NEW, REPEATED or OVERLAPPING */
export function compare(chunk: usize, offset: u32, octets: usize, length: u32): i32 {
  const at = offset & (CHUNK - 1);
  const there = mark(chunk, at >> 3, (at + length + 7) >> 3, false);
  if (there == 0) return NEW;
  return there == (length + 7) >> 3 && equal(chunk + MAP + at, octets, length) ? REPEATED : OVERLAPPING;
}

/** Writes octets to their chunk. */
export function write(chunk: usize, offset: u32, octets: usize, length: u32): void {
  const at = offset & (CHUNK - 1);
  mark(chunk, at >> 3, (at + length + 7) >> 3, true);
  memory.copy(chunk + MAP + at, octets, length);
}

/** Address of a chunk's octets. */
export function octetsOf(chunk: usize): usize {
  return chunk + MAP;
}

/** Counts the bits of a map that are set between two places, and with `set` sets all of them. */
function mark(map: usize, from: u32, to: u32, set: bool): u32 {
  let count: u32 = 0;
  for (let at = from & ~63; at < to; at += 64) {
    let mask = u64.MAX_VALUE;
    if (at < from) mask <<= from & 63;
    if (at + 64 > to) mask &= u64.MAX_VALUE >> (at + 64 - to);
    const word = map + (at >> 3);
    const bits = load<u64>(word);
    count += <u32>popcnt(bits & mask);
    if (set) store<u64>(word, bits | mask);
  }
  return count;
}
