/**
 * ICMP for IPv4 (RFC 792).
 *
 *      0     1     2           4           6           8
 *     |Type |Code |Checksum   |Identifier |Sequence N.|data ...            echo, echo reply
 *     |Type |Code |Checksum   |unused, or a pointer   |IP header + data    errors
 */

import { load16be, store16be, store32be } from "../base/bytes";
import { storeChecksum, sum, update } from "./checksum";

const TYPE: usize = 0;
const CODE: usize = 1;
const CHECKSUM: usize = 2;
const IDENTIFIER: usize = 4;
const SEQUENCE_NUMBER: usize = 6;
/** Octets before the data. */
export const HEADER_LENGTH: u32 = 8;

export const ECHO_REPLY: u32 = 0;
export const DESTINATION_UNREACHABLE: u32 = 3;
export const ECHO: u32 = 8;
export const TIME_EXCEEDED: u32 = 11;
export const PARAMETER_PROBLEM: u32 = 12;

/** Codes of DESTINATION_UNREACHABLE. */
export const PROTOCOL_UNREACHABLE: u32 = 2;
export const PORT_UNREACHABLE: u32 = 3;
export const FRAGMENTATION_NEEDED: u32 = 4;
/** The code of TIME_EXCEEDED when fragments were missing. */
export const REASSEMBLY_TIMEOUT: u32 = 1;

/** Whether `length` octets hold a header. Whether the sum is right says checksum.verify over the whole message. */
export function check(length: u32): bool {
  return length >= HEADER_LENGTH;
}

export function type(ptr: usize): u32 {
  return load<u8>(ptr + TYPE);
}

export function code(ptr: usize): u32 {
  return load<u8>(ptr + CODE);
}

export function identifier(ptr: usize): u32 {
  return load16be(ptr + IDENTIFIER);
}

export function sequenceNumber(ptr: usize): u32 {
  return load16be(ptr + SEQUENCE_NUMBER);
}

/** Of FRAGMENTATION_NEEDED: the next hop's MTU, 0 from routers older than RFC 1191. */
export function nextHopMtu(ptr: usize): u32 {
  return load16be(ptr + SEQUENCE_NUMBER);
}

/** Turns the echo message at `ptr` into its reply: "the type code changed to 0, and the checksum recomputed". */
export function turnIntoReply(ptr: usize): void {
  const before = load<u16>(ptr + TYPE);
  store<u8>(ptr + TYPE, ECHO_REPLY as u8);
  const checksum = update(load<u16>(ptr + CHECKSUM), before, load<u16>(ptr + TYPE));
  // RFC 1624's sum has two zeros. Of a message of nothing but zeros only the checksum 0xffff is right, of all others both.
  store<u16>(ptr + CHECKSUM, (checksum == 0 ? 0xffff : checksum) as u16);
}

/** Writes an echo message's header and checksum, over the data that already stands behind it. `length`: of all. */
export function emitEcho(ptr: usize, type: u32, identifier: u32, sequenceNumber: u32, length: u32): void {
  store16be(ptr + IDENTIFIER, identifier as u16);
  store16be(ptr + SEQUENCE_NUMBER, sequenceNumber as u16);
  seal(ptr, type, 0, length);
}

/**
 * Writes an error's header and checksum, over the quoted datagram that already stands behind it.
 * @param word the second word: zero, but for the pointer of PARAMETER_PROBLEM in its top octet and the next-hop MTU
 *   (RFC 1191, 4) in its lower half
 * @param length octets of header and quotation
 */
export function emitError(ptr: usize, type: u32, code: u32, word: u32, length: u32): void {
  store32be(ptr + IDENTIFIER, word);
  seal(ptr, type, code, length);
}

function seal(ptr: usize, type: u32, code: u32, length: u32): void {
  store<u8>(ptr + TYPE, type as u8);
  store<u8>(ptr + CODE, code as u8);
  store16be(ptr + CHECKSUM, 0);
  storeChecksum(ptr + CHECKSUM, sum(ptr, length));
}
