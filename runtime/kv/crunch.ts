/**
 * A directory that was compiled into the image. Nothing is allocated, nothing suspends, and values are sent from where
 * they are.
 *
 * compiler/pack/crunch.ts writes it. All is little-endian; a file's content is there once, however many files have it:
 *
 *         0           4           8          12
 *     0  |files      |contents   |slots      |texts      |     numbers of each; texts: bytes
 *    16  |modified, in ns since 1970 (u64)               |     then, one behind the other:
 *        files:     {key u32, length u32, content u32}         sorted by key; content NONE: a dictionary, whose key
 *                                                              ends with a slash
 *        slots:     {1 + index of the file u32}                a hash table, open addressing, a power of two
 *        contents:  {start u32, size u32, SHA-256}             start: from the beginning of all this
 *        texts:     the keys in UTF-8
 *        the contents themselves
 */

import { fnv1a } from "../base/fnv";
import { OK } from "../base/result";
import { SHA256_SIZE } from "../crypto/sha256";
import { E_NOT_FOUND } from "../sys/results";
import { KEY_MAX, KV_DICTIONARY, KV_VALUE, KvEntry, KvRo, KvTaker, KvValue } from "./kvro";
import { canonicalKey, KeyTable } from "./names";

const HEADER_SIZE: usize = 24;
const FILE_SIZE: usize = 12;
const CONTENT_SIZE: usize = 8 + <usize>SHA256_SIZE;

/** Bytes of the SHA-256 that tell versions apart. */
const VERSION: usize = 12;

/** The canonical form of the key that is looked for, and a slash. */
const canonical: usize = memory.data(KEY_MAX + 1);

export class Crunch extends KvRo {
  private readonly table: KeyTable;
  private readonly slots: usize;
  private readonly mask: u32;
  private readonly contents: usize;

  /** @param archive its address; the compiler has made it, so it is not checked */
  constructor(private archive: usize) {
    super();
    const files: usize = load<u32>(archive);
    const count: usize = load<u32>(archive, 8);
    const slots = archive + HEADER_SIZE + files * FILE_SIZE;
    const contents = slots + (count << 2);
    const texts = contents + <usize>load<u32>(archive, 4) * CONTENT_SIZE;
    this.table = new KeyTable(<u32>files, archive + HEADER_SIZE, FILE_SIZE, texts);
    this.slots = slots;
    this.mask = <u32>count - 1;
    this.contents = contents;
  }

  find(key: usize, length: usize, value: KvValue): i32 {
    if (length > <usize>KEY_MAX) return E_NOT_FOUND;
    length = canonicalKey(key, length, canonical);
    value.size = 0;
    value.address = 0;
    const index = this.indexOf(length);
    if (index) {
      this.open(load<u32>(this.table.entry(index - 1), 8), value);
      return KV_VALUE;
    }
    // All dictionaries are in the table, but for the one of all.
    if (!length) return KV_DICTIONARY;
    store<u8>(canonical + length, 0x2f);
    return this.indexOf(length + 1) ? KV_DICTIONARY : E_NOT_FOUND;
  }

  /** 1 + the index of the file with the first bytes of `canonical` for a key, or 0. */
  private indexOf(length: usize): u32 {
    let slot = fnv1a(canonical, length);
    let index: u32 = 0;
    do index = load<u32>(this.slots + ((<usize>(slot++ & this.mask)) << 2));
    while (index && !this.table.is(index - 1, canonical, length));
    return index;
  }

  private open(content: u32, value: KvValue): void {
    const entry = this.contents + <usize>content * CONTENT_SIZE;
    value.address = this.archive + load<u32>(entry);
    value.size = load<u32>(entry, 4);
    value.modified = load<i64>(this.archive, 16);
    value._cursor = content;
  }

  read(value: KvValue, offset: u64, ptr: usize, length: u32): i32 {
    if (offset >= value.size) return 0;
    const part = <u32>min<u64>(length, value.size - offset);
    memory.copy(ptr, value.address + <usize>offset, part);
    return part;
  }

  give(value: KvValue, offset: u64, length: u64, to: KvTaker): i32 {
    to.takeAll(value.address + <usize>offset, <usize>length);
    return OK;
  }

  version(value: KvValue, ptr: usize): usize {
    memory.copy(ptr, this.digestOf(value), VERSION);
    return VERSION;
  }

  list(key: string): KvEntry[] | null {
    const list = this.table.list(key);
    if (!list) this.error = E_NOT_FOUND;
    return list;
  }

  digestTo(value: KvValue, ptr: usize): i32 {
    memory.copy(ptr, this.digestOf(value), SHA256_SIZE);
    return OK;
  }

  private digestOf(value: KvValue): usize {
    return this.contents + <usize>value._cursor * CONTENT_SIZE + 8;
  }
}
