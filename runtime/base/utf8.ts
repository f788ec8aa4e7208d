/**
 * UTF-8 (RFC 3629) and UTF-16, the form of AssemblyScript's strings, both ways and strict. Small on purpose: the console
 * of every image needs half of it.
 */
import { E_TOO_LONG } from "./result";

/** Stands for what has no meaning: a lone surrogate in a string. */
const REPLACEMENT: u32 = 0xfffd;

/** Bytes of a code point in UTF-8: 1 to 4. */
export function utf8Size(code: u32): usize {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/**
 * Writes one code point.
 * @param ptr where to, with 4 bytes of room; @param code at most 0x10ffff and no surrogate
 * @returns the bytes written
 */
export function storeUtf8(ptr: usize, code: u32): usize {
  const size = utf8Size(code);
  if (size == 1) {
    store<u8>(ptr, code);
    return 1;
  }
  for (let i = size - 1; i > 0; i--) {
    store<u8>(ptr + i, 0x80 | (code & 0x3f));
    code >>= 6;
  }
  // The first byte starts with as many ones as the character has bytes.
  store<u8>(ptr, code | (0xf00 >> <u32>size));
  return size;
}

/**
 * Reads one code point. Overlong forms, surrogates and values above 0x10ffff are malformed (RFC 3629 section 3).
 * @param ptr its first byte; @param end where the text ends, beyond ptr
 * @returns the code point, or -1 when it is malformed or truncated
 */
export function loadUtf8(ptr: usize, end: usize): i32 {
  const first: u32 = load<u8>(ptr);
  if (first < 0x80) return first;
  if (first < 0xc0 || first > 0xf7) return -1;
  const size: usize = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (end - ptr < size) return -1;
  let code: u32 = first & (0x7f >> <u32>size);
  for (let i: usize = 1; i < size; i++) {
    const byte: u32 = load<u8>(ptr + i);
    if ((byte & 0xc0) != 0x80) return -1;
    code = (code << 6) | (byte & 0x3f);
  }
  if (utf8Size(code) != size || code > 0x10ffff || (code & 0xfffff800) == 0xd800) return -1;
  return code;
}

/**
 * Reads one code point of a string. It fills 4 bytes if it is above 0xffff, else 2.
 * @param ptr its first code unit; @param end where the string ends, beyond ptr
 * @returns the code point; U+FFFD for a lone surrogate
 */
export function loadUtf16(ptr: usize, end: usize): u32 {
  const unit: u32 = load<u16>(ptr);
  if ((unit & 0xf800) != 0xd800) return unit;
  if (unit < 0xdc00 && ptr + 2 < end) {
    const low: u32 = load<u16>(ptr + 2);
    if ((low & 0xfc00) == 0xdc00) return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
  }
  return REPLACEMENT;
}

/** Bytes that `text` takes in UTF-8. */
export function utf8Length(text: string): usize {
  let length: usize = 0;
  let at = changetype<usize>(text);
  const end = at + ((<usize>text.length) << 1);
  while (at < end) {
    const code = loadUtf16(at, end);
    at += code > 0xffff ? 4 : 2;
    length += utf8Size(code);
  }
  return length;
}

/**
 * Writes a string in UTF-8, without a terminating zero.
 * @param ptr where to; @param cap bytes of room there, at most i32.MAX_VALUE
 * @returns the bytes written, or E_TOO_LONG, and then nothing was written
 */
export function encodeUtf8(text: string, ptr: usize, cap: usize): i32 {
  const length = utf8Length(text);
  if (length > cap) return E_TOO_LONG;
  let at = changetype<usize>(text);
  const end = at + ((<usize>text.length) << 1);
  while (at < end) {
    const code = loadUtf16(at, end);
    at += code > 0xffff ? 4 : 2;
    ptr += storeUtf8(ptr, code);
  }
  return <i32>length;
}

/**
 * Makes a string from UTF-8.
 * @param ptr its first byte; @param len bytes, which the caller has bounded: the string takes up to twice as many
 * @returns the string, or null when the bytes are not UTF-8
 */
export function decodeUtf8(ptr: usize, len: usize): string | null {
  const end = ptr + len;
  let size: usize = 0;
  let at = ptr;
  while (at < end) {
    const code = loadUtf8(at, end);
    if (code < 0) return null;
    at += utf8Size(code);
    size += code > 0xffff ? 4 : 2;
  }
  const text = __new(size, idof<String>());
  let to = text;
  for (at = ptr; at < end; ) {
    const code: u32 = loadUtf8(at, end);
    at += utf8Size(code);
    if (code > 0xffff) {
      store<u16>(to, 0xd7c0 + (code >> 10));
      store<u16>(to, 0xdc00 | (code & 0x3ff), 2);
      to += 4;
    } else {
      store<u16>(to, code);
      to += 2;
    }
  }
  return changetype<string>(text);
}
