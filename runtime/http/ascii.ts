/** Octets of messages: the alphabets of RFC 9110, and text to octets and back. */

import { hexDigit } from "../base/hex";

export const TAB: u32 = 0x09;
export const LF: u32 = 0x0a;
export const CR: u32 = 0x0d;
export const SPACE: u32 = 0x20;
const COMMA: u32 = 0x2c;
/** A carriage return and a line feed, as they lie in memory. */
const CRLF: u16 = 0x0a0d;

/** The octets of a token (RFC 9110, 5.6.2), a bit each: 0 to 63, and 64 to 127. */
const TOKEN_LOW: u64 = 0x03ff_6cfa_0000_0000;
const TOKEN_HIGH: u64 = 0x57ff_ffff_c7ff_fffe;

/** Whether an octet may be in a token: a letter, a digit, or one of !#$%&'*+-.^_`|~ */
export function isTokenOctet(octet: u32): bool {
  if (octet >= 128) return false;
  return (((octet < 64 ? TOKEN_LOW : TOKEN_HIGH) >> (octet & 63)) & 1) != 0;
}

/** Where the token at `at` ends (RFC 9110, 5.6.2): at `at` when there is none. */
export function tokenEnd(at: usize, end: usize): usize {
  while (at < end && isTokenOctet(load<u8>(at))) at++;
  return at;
}

/** Whether an octet may be in a field's value (RFC 9110, 5.5): visible, of a space, or above ASCII. */
export function isValueOctet(octet: u32): bool {
  return (octet >= SPACE && octet != 0x7f) || octet == TAB;
}

/** The first octet from `at` on that is no space or tab, or `end`. */
export function skipSpace(at: usize, end: usize): usize {
  while (at < end && isSpace(load<u8>(at))) at++;
  return at;
}

/** The same from behind: where [at, end) ends without the spaces and tabs at its end. */
export function trimEnd(at: usize, end: usize): usize {
  while (end > at && isSpace(load<u8>(end - 1))) end--;
  return end;
}

function isSpace(octet: u32): bool {
  return octet == SPACE || octet == TAB;
}

/** Where the next element of a list begins, or `end`: empty ones are none (RFC 9110, 5.6.1.2). */
export function nextElement(at: usize, end: usize): usize {
  at = skipSpace(at, end);
  while (at < end && load<u8>(at) == COMMA) at = skipSpace(at + 1, end);
  return at;
}

/** The first comma from `at` on, or `end`: where an element of a list ends (RFC 9110, 5.6.1). */
export function elementEnd(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != COMMA) at++;
  return at;
}

/** Where the first `octet` from `at` on is, or 0. */
export function findOctet(at: usize, end: usize, octet: u8): usize {
  // Eight at a time: a zero in `x` is where it is, and the lowest that the sum below marks is right.
  const pattern = <u64>octet * 0x0101_0101_0101_0101;
  for (; at + 8 <= end; at += 8) {
    const x = load<u64>(at) ^ pattern;
    const zeros = (x - 0x0101_0101_0101_0101) & ~x & 0x8080_8080_8080_8080;
    if (zeros) return at + <usize>(ctz(zeros) >> 3);
  }
  for (; at < end; at++) {
    if (load<u8>(at) == octet) return at;
  }
  return 0;
}

/** Whether all octets of [at, end) may be in a field's value. */
export function isValue(at: usize, end: usize): bool {
  for (; at + 8 <= end; at += 8) {
    const x = load<u64>(at);
    // Marks octets below 0x20, and 0x7f; only then it is worth looking at each.
    const del = x ^ 0x7f7f_7f7f_7f7f_7f7f;
    const low = (x - 0x2020_2020_2020_2020) & ~x;
    if ((low | ((del - 0x0101_0101_0101_0101) & ~del)) & 0x8080_8080_8080_8080) break;
  }
  for (; at < end; at++) {
    if (!isValueOctet(load<u8>(at))) return false;
  }
  return true;
}

/** Whether octets are a text of ASCII, letters of either case being the same. */
export function isText(ptr: usize, length: usize, text: string): bool {
  if (length != <usize>text.length) return false;
  let from = changetype<usize>(text);
  for (const end = ptr + length; ptr < end; ptr++) {
    if (lowerCase(load<u8>(ptr)) != lowerCase(load<u16>(from))) return false;
    from += 2;
  }
  return true;
}

export function lowerCase(octet: u32): u32 {
  return octet - 0x41 < 26 ? octet | 0x20 : octet;
}

/** Writes a text of ASCII. @returns the address behind it */
export function putText(at: usize, text: string): usize {
  const from = changetype<usize>(text);
  const length = <usize>text.length;
  for (let i: usize = 0; i < length; i++) store<u8>(at + i, load<u16>(from + (i << 1)));
  return at + length;
}

/** Writes the end of a line. @returns the address behind it */
export function putEnd(at: usize): usize {
  store<u16>(at, CRLF);
  return at + 2;
}

/** Writes a number in decimal: at most 20 octets. @returns the address behind it */
export function putNumber(at: usize, value: u64): usize {
  let end = at + 1;
  for (let rest = value / 10; rest; rest /= 10) end++;
  for (let digit = end; digit > at; value /= 10) store<u8>(--digit, 0x30 + <u32>(value % 10));
  return end;
}

/** Writes a number in hex, in so many digits or as many as it needs. @returns the address behind it */
export function putHex(at: usize, value: u64, digits: i32): usize {
  if (value > 15 || digits > 1) at = putHex(at, value >> 4, digits - 1);
  store<u8>(at, hexDigit(<u32>value));
  return at + 1;
}

/** Text from octets, one character each: ISO 8859-1, so that each value of a field is one. */
export function textOf(ptr: usize, length: usize): string {
  const text = __new(length << 1, idof<String>());
  for (let i: usize = 0; i < length; i++) store<u16>(text + (i << 1), load<u8>(ptr + i));
  return changetype<string>(text);
}

/** Whether [at, end) is a token. */
export function isToken(at: usize, end: usize): bool {
  return at != end && tokenEnd(at, end) == end;
}
