/**
 * The keys of a store that is in memory, in a sorted table. Each entry begins with two u32, the place of its key among the
 * texts and its length in bytes; keys are canonical and sorted by their bytes, so all that is in a dictionary is together.
 *
 * A key with a slash at its end marks a dictionary, for those that hold nothing; others need no mark.
 */

import { equal } from "../base/bytes";
import { E_TOO_LONG } from "../base/result";
import { decodeUtf8, encodeUtf8 } from "../base/utf8";
import { KEY_MAX, KV_DICTIONARY, KV_VALUE, KvEntry } from "./kvro";

/** A slash, and what comes behind it in the order of bytes. */
const SLASH: u8 = 0x2f;
const BEHIND: u8 = 0x30;

/**
 * Writes a key in its canonical form: without slashes at its ends, and one between two names.
 * @param ptr the key; @param length its bytes
 * @param to where to, with room for as many bytes; may be `ptr`
 * @returns the bytes written
 */
export function canonicalKey(ptr: usize, length: usize, to: usize): usize {
  let at = to;
  let pending = false;
  for (const end = ptr + length; ptr < end; ptr++) {
    const byte = load<u8>(ptr);
    if (byte == SLASH) {
      pending = at > to;
      continue;
    }
    if (pending) store<u8>(at++, SLASH);
    pending = false;
    store<u8>(at++, byte);
  }
  return at - to;
}

/** The table. */
export class KeyTable {
  /** For a key and a slash. */
  private readonly scratch: usize = heap.alloc(KEY_MAX + 1);

  /**
   * @param count of entries; @param entries address of the first one; @param stride bytes from one to the next
   * @param texts address of the keys
   */
  constructor(
    readonly count: u32,
    private entries: usize,
    private stride: usize,
    private texts: usize,
  ) {}

  /** Address of an entry. */
  entry(index: u32): usize {
    return this.entries + <usize>index * this.stride;
  }

  /** Takes out the entries whose first u64 behind the key is `mark`. */
  without(mark: u64): KeyTable {
    let kept: u32 = 0;
    for (let i: u32 = 0; i < this.count; i++) {
      const entry = this.entry(i);
      if (load<u64>(entry, 8) != mark) memory.copy(this.entry(kept++), entry, this.stride);
    }
    return new KeyTable(kept, this.entries, this.stride, this.texts);
  }

  /** Whether an entry has this key. */
  is(index: u32, key: usize, length: usize): bool {
    const entry = this.entry(index);
    return load<u32>(entry, 4) == <u32>length && equal(this.texts + load<u32>(entry), key, length);
  }

  /** The entry of a canonical key, or -1. */
  indexOf(key: usize, length: usize): i32 {
    const index = this.lowerBound(key, length);
    return index < this.count && this.is(index, key, length) ? <i32>index : -1;
  }

  /** Whether a canonical key, of at most KEY_MAX bytes, is that of a dictionary: the empty one always is. */
  hasDictionary(key: usize, length: usize): bool {
    return length == 0 || this.isUnder(this.firstUnder(key, length), this.scratch, length + 1);
  }

  /** What is in a dictionary, or null when it is none. */
  list(key: string): KvEntry[] | null {
    const scratch = this.scratch;
    const bytes = encodeUtf8(key, scratch, KEY_MAX);
    if (bytes == E_TOO_LONG) return null;
    let prefix = canonicalKey(scratch, bytes, scratch);
    let index = this.firstUnder(scratch, prefix);
    if (prefix && !this.isUnder(index, scratch, ++prefix)) return null;
    const list: KvEntry[] = [];
    while (this.isUnder(index, scratch, prefix)) {
      const entry = this.entry(index++);
      const text: usize = this.texts + load<u32>(entry);
      const length: usize = load<u32>(entry, 4);
      let end = prefix;
      while (end < length && load<u8>(text + end) != SLASH) end++;
      if (end == prefix) continue; // the mark of the dictionary itself
      const name = decodeUtf8(text + prefix, end - prefix)!;
      list.push(new KvEntry(name, end < length ? KV_DICTIONARY : KV_VALUE));
      if (end == length) continue;
      // Past all that begins with this name and a slash.
      memory.copy(scratch, text, end);
      store<u8>(scratch + end, BEHIND);
      index = this.lowerBound(scratch, end + 1);
    }
    return list;
  }

  /** The first entry that is not before a key: `count` when all are. */
  lowerBound(key: usize, length: usize): u32 {
    let low: u32 = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.entry(middle);
      const order = compareKeys(this.texts + load<u32>(entry), load<u32>(entry, 4), key, length);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first entry that may be in a dictionary; leaves its key, with a slash where it is not empty, in `scratch`. */
  private firstUnder(key: usize, length: usize): u32 {
    if (!length) return 0;
    memory.copy(this.scratch, key, length);
    store<u8>(this.scratch + length, SLASH);
    return this.lowerBound(this.scratch, length + 1);
  }

  /** Whether there is such an entry, and it begins so. */
  private isUnder(index: u32, prefix: usize, length: usize): bool {
    if (index >= this.count) return false;
    const entry = this.entry(index);
    return load<u32>(entry, 4) >= <u32>length && equal(this.texts + load<u32>(entry), prefix, length);
  }
}

/** The order of two keys by their bytes: below 0, 0 or above. */
export function compareKeys(a: usize, aLength: usize, b: usize, bLength: usize): i32 {
  const length = min(aLength, bLength);
  for (let i: usize = 0; i < length; i++) {
    const order = <i32>load<u8>(a + i) - <i32>load<u8>(b + i);
    if (order) return order;
  }
  return <i32>aLength - <i32>bLength;
}
