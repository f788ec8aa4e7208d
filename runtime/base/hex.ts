/** Hexadecimal digits and bytes. */

/** The ASCII code of a hex digit in lower case; the low four bits of `value` count. */
export function hexDigit(value: u32): u32 {
  value &= 15;
  return value + (value < 10 ? 0x30 : 0x57);
}

/** The value of a hex digit in either case, given by its character code, or -1. */
export function hexValue(code: u32): i32 {
  if (code - 0x30 < 10) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter < 6 ? <i32>letter + 10 : -1;
}

/** The hex text of `len` bytes at `ptr`: two digits in lower case for each. */
export function encodeHex(ptr: usize, len: usize): string {
  const text = __new(len << 2, idof<String>());
  for (let i: usize = 0; i < len; i++) {
    const byte: u32 = load<u8>(ptr + i);
    store<u16>(text + (i << 2), hexDigit(byte >> 4));
    store<u16>(text + (i << 2), hexDigit(byte), 2);
  }
  return changetype<string>(text);
}

/**
 * Reads octets of two hexadecimal digits each from text[begin, end).
 * @param colons whether there is one between each two; @param to where to; @param room most octets
 * @returns how many; -1 when the text is anything else, or there are more
 */
export function decodeHex(text: string, begin: i32, end: i32, colons: bool, to: usize, room: u32): i32 {
  let length: u32 = 0;
  for (let i = begin; i < end; i += 2) {
    if (colons && length && text.charCodeAt(i++) != 0x3a) return -1;
    if (end - i < 2 || length == room) return -1;
    const high = hexValue(text.charCodeAt(i));
    const low = hexValue(text.charCodeAt(i + 1));
    if ((high | low) < 0) return -1;
    store<u8>(to + length++, ((high << 4) | low) as u8);
  }
  return length;
}
