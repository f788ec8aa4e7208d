/** Lists of values in a field, with commas between (RFC 9110, 5.6.1). */
import { isTokenOctet, skipSpace } from "./ascii";

const COMMA: u8 = 0x2c;

/** Where the next element begins, or `end`: empty ones are none (RFC 9110, 5.6.1.2). */
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
