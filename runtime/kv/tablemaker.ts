/** The entries and keys of a table that is being made, in memory that grows up to a limit. */
import { equal } from "../base/bytes";
import { KeyTable } from "./names";
import { sortKeys } from "./sort";

/** Room at first. */
const ENTRIES: u32 = 64;
const TEXTS: u32 = 2048;

/** A table of keys in the making. Each entry has `stride` bytes, the first eight of which are its key's. */
export class TableMaker {
  count: u32 = 0;
  private room: u32 = ENTRIES;
  private entries: usize;
  private textLength: u32 = 0;
  private textRoom: u32 = TEXTS;
  private texts: usize;

  /** @param stride bytes of an entry; @param limit of all memory, in bytes */
  constructor(
    private stride: u32,
    private limit: u32,
  ) {
    this.entries = heap.alloc(ENTRIES * stride);
    this.texts = heap.alloc(TEXTS);
  }

  /**
   * Adds an entry with this key.
   * @returns its address, good until the next one is added, or 0 when the limit is reached
   */
  add(key: usize, length: u32): usize {
    if (this.count == this.room) {
      if (!this.fits(<u64>this.room * 2 * this.stride, this.textRoom)) return 0;
      this.room *= 2;
      this.entries = heap.realloc(this.entries, this.room * this.stride);
    }
    const place = this.addText(key, length);
    if (place < 0) return 0;
    const entry = this.entries + <usize>this.count * this.stride;
    this.count++;
    store<u32>(entry, <u32>place);
    store<u32>(entry, length, 4);
    return entry;
  }

  private fits(entries: u64, texts: u64): bool {
    return entries + texts <= this.limit;
  }

  /** Adds a text that is no key. @returns its place among the texts, or -1 when the limit is reached */
  addText(text: usize, length: u32): i64 {
    while (length > this.textRoom - this.textLength) {
      if (!this.fits(<u64>this.room * this.stride, <u64>this.textRoom * 2)) return -1;
      this.textRoom *= 2;
      this.texts = heap.realloc(this.texts, this.textRoom);
    }
    const place = this.textLength;
    memory.copy(this.texts + place, text, length);
    this.textLength += length;
    return place;
  }

  /** Address of what is at a place among the texts, once the table is finished. */
  text(place: u32): usize {
    return this.texts + place;
  }

  /** The table, sorted. Of several entries with one key the last one stays. */
  finish(): KeyTable {
    const count = this.count;
    const stride: usize = this.stride;
    const indices = heap.alloc((<usize>count) << 3);
    for (let i: u32 = 0; i < count; i++) store<u32>(indices + ((<usize>i) << 2), i);
    const order = sortKeys(indices, indices + ((<usize>count) << 2), count, this.entries, stride, this.texts);
    const sorted = heap.alloc(<usize>count * stride);
    let kept: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      const entry = this.entries + <usize>load<u32>(order + ((<usize>i) << 2)) * stride;
      if (kept && this.sameKey(sorted + <usize>(kept - 1) * stride, entry)) kept--;
      memory.copy(sorted + <usize>kept * stride, entry, stride);
      kept++;
    }
    heap.free(indices);
    heap.free(this.entries);
    return new KeyTable(kept, sorted, stride, this.texts);
  }

  private sameKey(a: usize, b: usize): bool {
    const length = load<u32>(a, 4);
    return length == load<u32>(b, 4) && equal(this.texts + load<u32>(a), this.texts + load<u32>(b), length);
  }
}
