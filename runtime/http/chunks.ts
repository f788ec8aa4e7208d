/** Chunks (RFC 9112, 7.1): what stands between the parts of a body whose length is not known at first. */

import { hexValue } from "../base/hex";
import { isValue, skipSpace } from "./ascii";

/** Most octets of a line with a chunk's size, its extensions included. */
export const CHUNK_LINE_MAX: usize = 256;
/** Most digits of a size: 60 bits. */
const SIZE_DIGITS_MAX: usize = 15;

/**
 * Reads a line with a chunk's size: digits, then perhaps extensions, which mean nothing to us (7.1.1).
 * @param at its first octet; @param end where its CR is
 * @returns the size, or -1 when it is malformed
 */
export function chunkSize(at: usize, end: usize): i64 {
  const start = at;
  let size: i64 = 0;
  for (; at < end; at++) {
    const digit = hexValue(load<u8>(at));
    if (digit < 0) break;
    size = (size << 4) | digit;
  }
  if (at == start || at - start > SIZE_DIGITS_MAX) return -1;
  if (at == end) return size;
  at = skipSpace(at, end);
  return at < end && load<u8>(at) == 0x3b && isValue(at, end) ? size : -1;
}
