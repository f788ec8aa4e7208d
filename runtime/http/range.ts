/**
 * The field Range (RFC 9110, 14.1.2 and 14.2): `bytes=0-499`, `bytes=500-` or `bytes=-500`.
 *
 * One range is answered with its part. Of several ranges the whole is sent, which a server may always do (14.2): nobody
 * asks for them but programs that read PDF files, which can do without, and those that mean harm (RFC 9110, 17.15).
 */

import { isText, skipSpace } from "./ascii";

/** There is no range that counts: the whole is to be sent. */
export const RANGE_NONE: i32 = 0;
/** A part is to be sent. */
export const RANGE_PART: i32 = 1;
/** The range lies behind the end: 416. */
export const RANGE_BEYOND: i32 = -1;

/** In place of all numbers that are greater: no file has as many octets. */
const HUGE: i64 = 1 << 62;

/** The part that is asked for. */
export class ByteRange {
  /** Its first octet. */
  start: u64 = 0;
  /** Its octets, at least 1. */
  length: u64 = 0;
  private end: usize = 0;

  /**
   * Reads the field's value.
   * @param size octets of the whole
   * @returns RANGE_PART with `start` and `length` set; RANGE_NONE also for what is malformed, in another unit or more than
   * one range; RANGE_BEYOND
   */
  read(ptr: usize, length: usize, size: u64): i32 {
    const end = ptr + length;
    if (length < 6 || !isText(ptr, 6, "bytes=")) return RANGE_NONE;
    const first = this.number(skipSpace(ptr + 6, end), end);
    if (this.end == end || load<u8>(this.end) != 0x2d) return RANGE_NONE;
    const last = this.number(this.end + 1, end);
    if (skipSpace(this.end, end) < end) return RANGE_NONE;
    if (first < 0) {
      // The last so many.
      if (last < 0) return RANGE_NONE;
      if (last == 0 || size == 0) return RANGE_BEYOND;
      this.length = min<u64>(last, size);
      this.start = size - this.length;
      return RANGE_PART;
    }
    if (last >= 0 && last < first) return RANGE_NONE;
    if (<u64>first >= size) return RANGE_BEYOND;
    this.start = first;
    this.length = (last < 0 ? size : min<u64>(<u64>last + 1, size)) - first;
    return RANGE_PART;
  }

  /** Reads digits up to `this.end`. @returns -1 when there is none; HUGE for what is greater */
  private number(at: usize, end: usize): i64 {
    let value: i64 = at < end && <u32>load<u8>(at) - 0x30 < 10 ? 0 : -1;
    for (; at < end && <u32>load<u8>(at) - 0x30 < 10; at++) {
      const digit = <i64>load<u8>(at) - 0x30;
      value = value > HUGE / 16 ? HUGE : value * 10 + digit;
    }
    this.end = at;
    return value;
  }
}
