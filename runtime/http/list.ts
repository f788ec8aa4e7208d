/** What fields with several values have in common (RFC 9110, 5.6): lists with commas, and space around what counts. */

const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;
const COMMA: u8 = 0x2c;

/** The first octet that is neither a space nor a tab, or `end`. */
export function skipSpace(at: usize, end: usize): usize {
  while (at < end && (load<u8>(at) == SPACE || load<u8>(at) == TAB)) at++;
  return at;
}

/** Where the next element of a list begins, or `end`: empty ones are none (RFC 9110, 5.6.1.2). */
export function nextElement(at: usize, end: usize): usize {
  at = skipSpace(at, end);
  while (at < end && load<u8>(at) == COMMA) at = skipSpace(at + 1, end);
  return at;
}

/** Octets of the token at `at` (RFC 9110, 5.6.2): 0 when there is none. */
export function tokenSize(at: usize, end: usize): usize {
  const start = at;
  while (at < end && isTokenOctet(load<u8>(at))) at++;
  return at - start;
}

/** tchar: "!#$%&'*+-.^_`|~", digits and letters */
function isTokenOctet(octet: u8): bool {
  if (octet <= 0x20 || octet >= 0x7f) return false;
  // None of "(),/:;<=>?@[\]{} and the quote.
  if (octet >= 0x5b && octet <= 0x5d) return false;
  if (octet >= 0x3a && octet <= 0x40) return false;
  if (octet == 0x22 || octet == 0x28 || octet == 0x29 || octet == 0x2c || octet == 0x2f) return false;
  return octet != 0x7b && octet != 0x7d;
}

/** Whether octets are a word of ASCII, whose letters are small; capital ones are the same. */
export function isWord(at: usize, length: usize, word: string): bool {
  if (length != <usize>word.length) return false;
  const text = changetype<usize>(word);
  for (let i: usize = 0; i < length; i++) {
    const octet = load<u8>(at + i);
    const small = <u32>octet - 0x41 < 26 ? octet | 0x20 : octet;
    if (small != load<u16>(text + (i << 1))) return false;
  }
  return true;
}
