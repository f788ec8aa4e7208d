import { decodeUtf8 } from "fata/base/utf8";

export { encodeUtf8, utf8Length } from "fata/base/utf8";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}

/** A string of code units that lie at `ptr`. */
export function makeString(ptr: usize, units: i32): string {
  return String.UTF16.decodeUnsafe(ptr, units << 1);
}

/** @returns the string's address, or 0 when the bytes are not UTF-8 */
export function decode(ptr: usize, len: usize): usize {
  return changetype<usize>(decodeUtf8(ptr, len));
}
