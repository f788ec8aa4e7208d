import { consoleWrite, KV_VALUE, KvRo, KvValue, measure } from "fata";
import { storeUtf8 } from "fata/base/utf8";

/** Look-ups that are timed. */
const ROUNDS: i32 = 1_000_000;
/** Files that are there: data/d00/file-00000.html to data/d99/file-09999.html. */
const FILES: u32 = 10_000;
/** Bytes that a key has room for. */
const KEY: usize = 64;

/** Looks up files of a store in no order, and prints the ns of one look-up, what all allocated, and what was found. */
export class Main {
  constructor(private data: KvRo) {}

  start(): void {
    const keys = heap.alloc(KEY * FILES);
    for (let i: u32 = 0; i < FILES; i++) writeKey(keys + <usize>i * KEY, i);
    const value = new KvValue();
    const used = __heap_used();
    const begin = measure();
    let found: u64 = 0;
    let next: u32 = 1;
    for (let i = 0; i < ROUNDS; i++) {
      const key = keys + <usize>(next % FILES) * KEY;
      if (this.data.find(key + 1, load<u8>(key), value) == KV_VALUE) found += value.size;
      next = next * 1664525 + 1013904223;
    }
    const ns = measure() - begin;
    const allocated = __heap_used() - used;
    consoleWrite(`${<f64>ns / ROUNDS} ${allocated} ${found}\n`);
  }
}

/** A key behind its length. */
function writeKey(ptr: usize, index: u32): void {
  const text = `data/d${(index % 100).toString().padStart(2, "0")}/file-${index.toString().padStart(5, "0")}.html`;
  store<u8>(ptr, <u8>text.length);
  for (let i = 0; i < text.length; i++) storeUtf8(ptr + 1 + i, text.charCodeAt(i));
}
