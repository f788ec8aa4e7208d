/** Base64 (RFC 4648, 4): three bytes as four characters of ASCII, with "=" at the end for what is missing. */

const PAD: u32 = 0x3d;

/** Bytes that the text of `length` bytes has. */
export function base64Size(length: u64): u64 {
  return ((length + 2) / 3) << 2;
}

/**
 * Writes bytes as text.
 * @param to where to, with room for base64Size(length) bytes
 * @returns the bytes written. Where more follows, `length` must be a multiple of 3
 */
export function encodeBase64(ptr: usize, length: usize, to: usize): usize {
  const start = to;
  for (const end = ptr + length; ptr < end; ptr += 3) {
    const left = end - ptr;
    const second: u32 = left > 1 ? load<u8>(ptr, 1) : 0;
    const third: u32 = left > 2 ? load<u8>(ptr, 2) : 0;
    const bits = ((<u32>load<u8>(ptr)) << 16) | (second << 8) | third;
    store<u8>(to, digit(bits >> 18));
    store<u8>(to, digit(bits >> 12), 1);
    store<u8>(to, left > 1 ? digit(bits >> 6) : PAD, 2);
    store<u8>(to, left > 2 ? digit(bits) : PAD, 3);
    to += 4;
  }
  return to - start;
}

/**
 * Reads text. Spaces, other alphabets, missing "=" and bits that mean nothing (RFC 4648, 3.5) are malformed.
 * @returns null when it is malformed
 */
export function decodeBase64(text: string): Uint8Array | null {
  const length = text.length;
  if (length & 3) return null;
  const pads = length == 0 ? 0 : text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((length / 4) * 3 - pads);
  for (let i = 0, to = 0; i < length; i += 4) {
    let bits: u32 = 0;
    for (let j = 0; j < 4; j++) {
      const code = text.charCodeAt(i + j);
      const value = i + j >= length - pads ? 0 : digitValue(code);
      if (value < 0) return null;
      bits = (bits << 6) | value;
    }
    for (let shift = 16; shift >= 0; shift -= 8) {
      const byte = <u8>(bits >> shift);
      if (to < bytes.length) bytes[to++] = byte;
      else if (byte) return null;
    }
  }
  return bytes;
}

/** The character of six bits: the low ones of `value`. */
function digit(value: u32): u32 {
  value &= 63;
  if (value < 26) return value + 0x41;
  if (value < 52) return value + 0x47;
  return value < 62 ? value - 4 : value == 62 ? 0x2b : 0x2f;
}

/** The six bits of a character, or -1. */
function digitValue(code: u32): i32 {
  if (code - 0x41 < 26) return code - 0x41;
  if (code - 0x61 < 26) return code - 0x47;
  if (code - 0x30 < 10) return code + 4;
  return code == 0x2b ? 62 : code == 0x2f ? 63 : -1;
}
