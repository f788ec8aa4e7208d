/**
 * The memory of all connections' buffers: chunks of one size, made in steps when they are needed, up to a limit, and kept.
 */

import { collectSoon } from "../../sched/collect";
import { now } from "../../sys/clock";
import { Ipv4 } from "../ipv4";
import { isShort } from "../shortage";
import { TokenBucket } from "../tokenbucket";

/** Octets of a chunk, a power of two. */
export const CHUNK: u32 = 4096;
export const CHUNK_BITS: u32 = 12;
/** Chunks that each buffer may have when they are scarce: so a few cannot take them from all others. */
export const SHARE: u32 = 4;
/**
 * When they are scarce, in eighths of the limit that are in use. First for what is to be sent, which can wait where it is;
 * then for windows, from which on peers are promised less; and last for what they send, which they were promised.
 */
export const SCARCE_TO_SEND: u32 = 3;
export const SCARCE_TO_OFFER: u32 = 4;
export const SCARCE_TO_RECEIVE: u32 = 5;
/**
 * Octets from one chunk to the next: behind it lies its link. What lies in a chunk that was given back may be on its way
 * still, in a frame that the tender has not taken.
 */
const STRIDE: u32 = CHUNK + 16;
/** Chunks made at a time. */
const STEP: u32 = 15; // with the allocator's overhead a little less than a page
/** Octets of all chunks, unless told otherwise. */
const LIMIT: u32 = 16 * 1024 * 1024;

export class ChunkPool {
  /** Free chunks, linked. */
  private free: usize = 0;
  /** Likewise, those that were given back while what lies in them may have been on its way. */
  private resting: usize = 0;
  private made: u32 = 0;
  /** Chunks that are in use. */
  used: u32 = 0;
  /** Most octets of all chunks. */
  limit: u32 = LIMIT;
  /** How often memory is collected because connections wait for some. */
  private collections: TokenBucket = new TokenBucket(1, 1);

  /** @param ip what sends from chunks */
  constructor(private ip: Ipv4) {}

  /** Takes a chunk. @returns its address, or 0 when there is none */
  take(): usize {
    if (this.free == 0 && !this.wake() && !this.grow()) return 0;
    const chunk = this.free;
    this.free = load<usize>(chunk, CHUNK);
    this.used++;
    return chunk;
  }

  /** Gives a chunk back. */
  give(chunk: usize): void {
    if (this.ip.isSending) {
      store<usize>(chunk, this.resting, CHUNK);
      this.resting = chunk;
    } else {
      store<usize>(chunk, this.free, CHUNK);
      this.free = chunk;
    }
    this.used--;
  }

  /** Makes those free that rest, when that is over. */
  private wake(): bool {
    if (!this.rests || this.ip.isSending) return false;
    this.free = this.resting;
    this.resting = 0;
    return true;
  }

  /** Whether more than so many eighths of the limit are in use: one of SCARCE_*. */
  isScarce(eighths: u32): bool {
    return this.used > (this.limit / CHUNK / 8) * eighths || (this.free == 0 && isShort(1));
  }

  /** Whether there is memory for one more connection. Where there is none a collection may find some, each second. */
  get hasRoomToOpen(): bool {
    // Twice the reserve: the application makes something for each, and those that are there need chunks.
    if (!isShort(2)) return true;
    if (this.collections.take(now())) collectSoon();
    return false;
  }

  /** Whether some will be free again when all that is on its way has left. */
  get rests(): bool {
    return this.ip.canSegment && this.resting != 0;
  }

  /** Whether a chunk could be taken. */
  get available(): bool {
    return this.free != 0 || this.wake() || this.canGrow();
  }

  private canGrow(): bool {
    return (this.made + STEP) * CHUNK <= this.limit && !isShort(1);
  }

  private grow(): bool {
    if (!this.canGrow()) return false;
    let chunk = heap.alloc(STEP * STRIDE);
    for (let i: u32 = 0; i < STEP; i++, chunk += STRIDE) {
      store<usize>(chunk, this.free, CHUNK);
      this.free = chunk;
    }
    this.made += STEP;
    return true;
  }
}
