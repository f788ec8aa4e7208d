/**
 * What was read and written last, so that it need not be read again: copies of chunks, each held by the record of its chunk
 * (tree.ts). At most so many bytes. The oldest one goes first, but one that was used meanwhile gets a second chance, as the
 * newest: to note the use touches the copy alone, where a list by use would touch its neighbours, which are elsewhere in memory.
 */
import { CHUNK_CACHED } from "./tree";

// A copy: header, then the bytes.
const NEWER: usize = 0;
const OLDER: usize = 4;
const OWNER: usize = 8;
/** Bytes, and the flag USED. */
const LENGTH: usize = 12;
const HEADER: usize = 16;

const USED: u32 = (<u32>1) << 31;

/** Most copies that get their second chance while room is made for another one: that takes no long time then. */
const CHANCES: i32 = 64;

export class Cache {
  private used: usize = 0;
  private newest: usize = 0;
  private oldest: usize = 0;

  /** @param room most bytes that copies take, their headers included */
  constructor(private readonly room: usize) {}

  /**
   * The copy of a chunk.
   * @param chunk address of its record
   * @returns where the bytes are, or 0
   */
  find(chunk: usize): usize {
    const copy: usize = load<u32>(chunk, CHUNK_CACHED);
    if (!copy) return 0;
    store<u32>(copy, load<u32>(copy, LENGTH) | USED, LENGTH);
    return copy + HEADER;
  }

  /** Keeps a copy of a chunk, which has none. @param chunk address of its record */
  keep(chunk: usize, ptr: usize, length: usize): void {
    const size = HEADER + length;
    if (size > this.room) return;
    for (let chances = CHANCES; this.used + size > this.room; chances--) this.dropOldest(chances > 0);
    const copy = heap.alloc(size);
    memory.copy(copy + HEADER, ptr, length);
    store<u32>(copy, <u32>chunk, OWNER);
    store<u32>(copy, <u32>length, LENGTH);
    store<u32>(chunk, <u32>copy, CHUNK_CACHED);
    this.used += size;
    this.link(copy);
  }

  /** Forgets the oldest copy; or makes it the newest one, if it was used and may have a chance. */
  private dropOldest(chance: bool): void {
    const copy = this.oldest;
    const length = load<u32>(copy, LENGTH);
    if (!chance || !(length & USED)) {
      this.drop(load<u32>(copy, OWNER));
      return;
    }
    store<u32>(copy, length & ~USED, LENGTH);
    if (copy == this.newest) return;
    this.unlink(copy);
    this.link(copy);
  }

  /** Forgets the copy of a chunk, if there is one. */
  drop(chunk: usize): void {
    const copy: usize = load<u32>(chunk, CHUNK_CACHED);
    if (!copy) return;
    store<u32>(chunk, 0, CHUNK_CACHED);
    this.unlink(copy);
    this.used -= HEADER + (load<u32>(copy, LENGTH) & ~USED);
    heap.free(copy);
  }

  /** The record of a chunk is elsewhere now. */
  moved(chunk: usize): void {
    const copy: usize = load<u32>(chunk, CHUNK_CACHED);
    if (copy) store<u32>(copy, <u32>chunk, OWNER);
  }

  private link(copy: usize): void {
    const second = this.newest;
    store<u32>(copy, 0, NEWER);
    store<u32>(copy, <u32>second, OLDER);
    if (second) store<u32>(second, <u32>copy, NEWER);
    else this.oldest = copy;
    this.newest = copy;
  }

  private unlink(copy: usize): void {
    const newer: usize = load<u32>(copy, NEWER);
    const older: usize = load<u32>(copy, OLDER);
    if (newer) store<u32>(newer, <u32>older, OLDER);
    else this.newest = older;
    if (older) store<u32>(older, <u32>newer, NEWER);
    else this.oldest = newer;
  }
}
