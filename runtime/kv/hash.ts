/** The SHA-256 of a value, for stores that do not keep it. */
import { OK } from "../base/result";
import { Sha256 } from "../crypto/sha256";
import { KvRo, KvValue } from "./kvro";

/** Octets that are read at a time. */
const PART: i32 = 16384;

/** As KvRo.digestTo, by reading all of the value. */
export function hashValue(store: KvRo, value: KvValue, ptr: usize): i32 {
  const hash = new Sha256();
  const buffer = new Uint8Array(PART);
  for (let offset: u64 = 0; offset < value.size; ) {
    const read = store.read(value, offset, buffer.dataStart, PART);
    if (read < 0) return read;
    hash.update(buffer.dataStart, read);
    offset += read;
  }
  hash.finish(ptr);
  return OK;
}
