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
