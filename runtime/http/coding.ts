/** Which content coding a client takes: the field Accept-Encoding (RFC 9110, 12.5.3). */

import { elementEnd, isText, nextElement, skipSpace, tokenEnd } from "./ascii";
import { Head } from "./head";

const COMMA: u8 = 0x2c;
const SEMICOLON: u8 = 0x3b;
const EQUALS: u8 = 0x3d;
const DOT: u8 = 0x2e;
/** The weight of what is not weighed. */
const FULL: i32 = 1000;

/**
 * How much a client wants a coding.
 * @param head of its request: the list may be on several lines (RFC 9110, 5.3)
 * @param coding its name, in small letters
 * @returns thousandths, 0: not at all. A coding that the list does not name has the weight of "*", or 0; what is malformed
 * says nothing
 */
export function codingWeight(head: Head, coding: string): i32 {
  let others = 0;
  for (let i = head.find("accept-encoding", 0); i >= 0; i = head.find("accept-encoding", i + 1)) {
    const list = head.valueAt(i);
    const end = list + head.valueSize(i);
    for (let start = nextElement(list, end); start < end; ) {
      const stop = tokenEnd(start, end);
      const size = stop - start;
      const at = skipSpace(stop, end);
      const weight = size ? weightAt(at, end) : -1;
      if (weight >= 0) {
        if (isText(start, size, coding)) return weight;
        if (isText(start, size, "*")) others = weight;
      }
      start = nextElement(elementEnd(at, end), end);
    }
  }
  return others;
}

/** Thousandths of `;q=0.5`, FULL where the element ends, -1 when it is malformed (RFC 9110, 12.4.2). */
function weightAt(at: usize, end: usize): i32 {
  if (at == end || load<u8>(at) == COMMA) return FULL;
  if (load<u8>(at) != SEMICOLON) return -1;
  at = skipSpace(at + 1, end);
  if (end - at < 3 || (load<u8>(at) | 0x20) != 0x71 || load<u8>(at, 1) != EQUALS) return -1;
  let weight = <i32>load<u8>(at, 2) - 0x30;
  if (weight < 0 || weight > 1) return -1;
  at += 3;
  // At most three digits follow.
  let unit = FULL;
  weight *= unit;
  if (at < end && load<u8>(at) == DOT) {
    at++;
    for (; unit > 1 && at < end && <u32>load<u8>(at) - 0x30 < 10; at++) {
      unit /= 10;
      weight += (<i32>load<u8>(at) - 0x30) * unit;
    }
  }
  at = skipSpace(at, end);
  if (weight > FULL || (at < end && load<u8>(at) != COMMA)) return -1;
  return weight;
}
