/**
 * Entity tags (RFC 9110, 8.8.3): `"xyzzy"`, which tells a representation from all others of its resource, and `W/"xyzzy"`,
 * which tells it only from those that do not mean the same.
 */

import { equal } from "../base/bytes";
import { nextElement, skipSpace } from "./ascii";

const QUOTE: u8 = 0x22;
const STAR: u8 = 0x2a;
/** "W/" in the order of memory. */
const WEAK: u16 = 0x2f57;

/** What a list says of a tag. */
export const LIST_OTHER: i32 = 0;
export const LIST_HAS: i32 = 1;
/** The list is malformed: nothing can be told. */
export const LIST_MALFORMED: i32 = -1;

/**
 * Looks for a tag in the value of If-Match or If-None-Match: a list, or "*" for any tag.
 * @param list address of the field's value; @param length its octets
 * @param tag of what there is, with its quotes; @param tagLength its octets; 0: there is nothing, which "*" does not mean
 * @param strong whether weak tags differ from all (RFC 9110, 8.8.3.2)
 * @returns LIST_HAS, LIST_OTHER or LIST_MALFORMED
 */
export function findTag(list: usize, length: usize, tag: usize, tagLength: usize, strong: bool): i32 {
  const end = list + length;
  let at = skipSpace(list, end);
  if (at < end && load<u8>(at) == STAR) {
    return skipSpace(at + 1, end) < end ? LIST_MALFORMED : tagLength ? LIST_HAS : LIST_OTHER;
  }
  let found = LIST_OTHER;
  for (at = nextElement(at, end); at < end; at = nextElement(at, end)) {
    const size = tagSize(at, end);
    if (!size) return LIST_MALFORMED;
    if (isSameTag(at, size, tag, tagLength, strong)) found = LIST_HAS;
    at = skipSpace(at + size, end);
    if (at < end && load<u8>(at) != 0x2c) return LIST_MALFORMED;
  }
  return found;
}

/** Octets of the tag at `at`, or 0 when there is none. */
export function tagSize(at: usize, end: usize): usize {
  const start = at;
  if (end - at > 2 && load<u16>(at) == WEAK) at += 2;
  if (at >= end || load<u8>(at++) != QUOTE) return 0;
  while (at < end) {
    const octet = load<u8>(at++);
    if (octet == QUOTE) return at - start;
    // etagc: %x21 / %x23-7E / obs-text
    if (octet <= 0x20 || octet == 0x7f) return 0;
  }
  return 0;
}

/** Whether two tags are the same. @param strong whether weak tags differ from all */
export function isSameTag(a: usize, aLength: usize, b: usize, bLength: usize, strong: bool): bool {
  const aWeak = aLength > 2 && load<u16>(a) == WEAK;
  const bWeak = bLength > 2 && load<u16>(b) == WEAK;
  if (strong && (aWeak || bWeak)) return false;
  if (aWeak) {
    a += 2;
    aLength -= 2;
  }
  if (bWeak) {
    b += 2;
    bLength -= 2;
  }
  return aLength == bLength && equal(a, b, aLength);
}
