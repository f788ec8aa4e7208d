/**
 * The memory of all connections' buffers: chunks of one size, made in steps when they are needed, up to a limit, and kept.
 */

import { collectSoon } from "../../sched/collect";
import { now } from "../../sys/clock";
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
/** Chunks made at a time. */
const STEP: u32 = 15; // with the allocator's overhead a little less than a page
/** Octets of all chunks, unless told otherwise. */
const LIMIT: u32 = 16 * 1024 * 1024;

export class ChunkPool {
  /** Free chunks, linked through their first word. */
  private free: usize = 0;
  private made: u32 = 0;
  /** Chunks that are in use. */
  used: u32 = 0;
  /** Most octets of all chunks. */
  limit: u32 = LIMIT;
  /** How often memory is collected because connections wait for some. */
  private collections: TokenBucket = new TokenBucket(1, 1);

  /** Takes a chunk. @returns its address, or 0 when there is none */
  take(): usize {
    if (this.free == 0 && !this.grow()) return 0;
    const chunk = this.free;
    this.free = load<usize>(chunk);
    this.used++;
    return chunk;
  }

  /** Gives a chunk back. */
  give(chunk: usize): void {
    store<usize>(chunk, this.free);
    this.free = chunk;
    this.used--;
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

  /** Whether a chunk could be taken. */
  get available(): bool {
    return this.free != 0 || this.canGrow();
  }

  private canGrow(): bool {
    return (this.made + STEP) * CHUNK <= this.limit && !isShort(1);
  }

  private grow(): bool {
    if (!this.canGrow()) return false;
    let chunk = heap.alloc(STEP * CHUNK);
    for (let i: u32 = 0; i < STEP; i++, chunk += CHUNK) {
      store<usize>(chunk, this.free);
      this.free = chunk;
    }
    this.made += STEP;
    return true;
  }
}
