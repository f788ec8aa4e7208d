/**
 * The options of an IPv4 header (RFC 791, 3.1): one octet that says which, and for all but the first two kinds one with the
 * option's length, these two octets included.
 */
import { HEADER_LENGTH, headerLength } from "./ipv4";

const END: u32 = 0;
const NO_OPERATION: u32 = 1;
const LOOSE_SOURCE_ROUTE: u32 = 131;
const STRICT_SOURCE_ROUTE: u32 = 137;

/** A datagram that has come by the way its sender has chosen, or is to go on so. */
export const SOURCE_ROUTED: i32 = -1;

/**
 * Looks through a header's options, of which a host has to understand none (RFC 1122, 3.2.1.8). Only after check.
 * @returns 0 when all is well; SOURCE_ROUTED; or the offset of an octet that cannot be right
 */
export function checkOptions(ptr: usize): i32 {
  const end = headerLength(ptr);
  let at = HEADER_LENGTH;
  while (at < end) {
    const option: u32 = load<u8>(ptr + at);
    if (option == END) break;
    if (option == LOOSE_SOURCE_ROUTE || option == STRICT_SOURCE_ROUTE) return SOURCE_ROUTED;
    let length: u32 = 1;
    if (option != NO_OPERATION) {
      length = at + 1 < end ? load<u8>(ptr + at, 1) : 0;
      if (length < 2 || at + length > end) return at + 1;
    }
    at += length;
  }
  return 0;
}
