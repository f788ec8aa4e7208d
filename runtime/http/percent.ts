/** Percent-encoding (RFC 3986, 2.1), and that of forms, which writes a space as "+". */

import { hexValue } from "../base/hex";
import { decodeUtf8 } from "../base/utf8";
import { E_INVALID } from "../sys/results";

const PERCENT: u8 = 0x25;
const PLUS: u8 = 0x2b;
const SPACE: u8 = 0x20;

/**
 * Decodes a text, which does not become longer.
 * @param to where to, with `length` octets of room; may be `ptr`
 * @param form whether "+" is a space
 * @returns octets, or E_INVALID when two hex digits do not follow each "%"
 */
export function decodePercent(ptr: usize, length: usize, to: usize, form: bool = false): i32 {
  const end = ptr + length;
  const start = to;
  while (ptr < end) {
    let octet = load<u8>(ptr++);
    if (octet == PERCENT) {
      if (end - ptr < 2) return E_INVALID;
      const high = hexValue(load<u8>(ptr));
      const low = hexValue(load<u8>(ptr, 1));
      if ((high | low) < 0) return E_INVALID;
      octet = <u8>((high << 4) | low);
      ptr += 2;
    } else if (form && octet == PLUS) octet = SPACE;
    store<u8>(to++, octet);
  }
  return <i32>(to - start);
}

/**
 * Decodes a text to a string.
 * @param length its octets, which the caller has bounded: they are copied
 * @returns null when it is malformed, or what was encoded is not UTF-8
 */
export function percentString(ptr: usize, length: usize, form: bool = false): string | null {
  const octets = new StaticArray<u8>(<i32>length);
  const to = changetype<usize>(octets);
  const decoded = decodePercent(ptr, length, to, form);
  return decoded < 0 ? null : decodeUtf8(to, decoded);
}
