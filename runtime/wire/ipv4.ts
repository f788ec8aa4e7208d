/**
 * IPv4 datagrams (RFC 791, 3.1).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |Version|  IHL  |Type of Service|          Total Length         |
 *     |         Identification        |Flags|      Fragment Offset    |
 *     |  Time to Live |    Protocol   |         Header Checksum       |
 *     |                       Source Address                          |
 *     |                    Destination Address                        |
 *     |                    Options                    |    Padding    |
 */

import { load16be, load32be, store16be, store32be } from "../base/bytes";
import { finish, storeChecksum, sum, verify } from "./checksum";

const VERSION_IHL: usize = 0;
const TYPE_OF_SERVICE: usize = 1;
const TOTAL_LENGTH: usize = 2;
const IDENTIFICATION: usize = 4;
const FLAGS_OFFSET: usize = 6;
const TIME_TO_LIVE: usize = 8;
const PROTOCOL: usize = 9;
const CHECKSUM: usize = 10;
const SOURCE: usize = 12;
const DESTINATION: usize = 16;
/** Octets of a header without options. */
export const HEADER_LENGTH: u32 = 20;
/** Octets of a header with all the options that its length field allows. */
export const HEADER_LENGTH_MAX: u32 = 60;
/** Octets of the longest datagram. */
export const DATAGRAM_MAX: u32 = 65535;
/** "Every internet module must be able to forward a datagram of 68 octets without further fragmentation." */
export const MTU_MIN: u32 = 68;

/** Octets of data that an ICMP error quotes at least. */
const QUOTE_DATA: u32 = 8;

/** "Don't Fragment", in the 16 bits of flags and fragment offset. */
export const FLAG_DF: u32 = 0x4000;
/** "More Fragments". */
export const FLAG_MF: u32 = 0x2000;

/** The recommended default (RFC 1700, "IP TIME TO LIVE PARAMETER"). */
export const TIME_TO_LIVE_DEFAULT: u32 = 64;

export const PROTOCOL_ICMP: u32 = 1;
export const PROTOCOL_TCP: u32 = 6;
export const PROTOCOL_UDP: u32 = 17;

/**
 * Whether `length` octets at `ptr` hold a whole datagram: version 4, a header of at least 20 octets inside of the total
 * length, and the total length inside of `length`. What follows it is Ethernet's padding. The header checksum is
 * verifyHeader's.
 */
export function check(ptr: usize, length: u32): bool {
  if (length < HEADER_LENGTH) return false;
  const first = load<u8>(ptr + VERSION_IHL);
  // 0x45 to 0x4f: version 4 and an IHL of 5 or more words.
  if (first < 0x45 || first > 0x4f) return false;
  const total = totalLength(ptr);
  return headerLength(ptr) <= total && total <= length;
}

/** Of octets that check refused: whether it was because there are fewer than the total length says. */
export function isTruncated(ptr: usize, length: u32): bool {
  return length < HEADER_LENGTH || length < totalLength(ptr);
}

/**
 * Whether `length` octets at `ptr` hold what an ICMP error quotes of a datagram (RFC 792: the header and 8 octets of data).
 * Its total length may say more.
 */
export function checkQuote(ptr: usize, length: u32): bool {
  if (length < HEADER_LENGTH) return false;
  const first = load<u8>(ptr + VERSION_IHL);
  return first >= 0x45 && first <= 0x4f && headerLength(ptr) + QUOTE_DATA <= length;
}

/** Whether the header checksum is right. Only after check. */
export function verifyHeader(ptr: usize): bool {
  return verify(ptr, headerLength(ptr));
}

/** Octets of the header with its options: the payload's offset. */
export function headerLength(ptr: usize): u32 {
  return ((load<u8>(ptr + VERSION_IHL) & 15) as u32) << 2;
}

/** Octets of header and payload. */
export function totalLength(ptr: usize): u32 {
  return load16be(ptr + TOTAL_LENGTH);
}

export function typeOfService(ptr: usize): u32 {
  return load<u8>(ptr + TYPE_OF_SERVICE);
}

export function identification(ptr: usize): u32 {
  return load16be(ptr + IDENTIFICATION);
}

/** Whether DF is set. */
export function dontFragment(ptr: usize): bool {
  return (load<u8>(ptr + FLAGS_OFFSET) & (FLAG_DF >> 8)) != 0;
}

/** Whether MF is set. */
export function moreFragments(ptr: usize): bool {
  return (load<u8>(ptr + FLAGS_OFFSET) & (FLAG_MF >> 8)) != 0;
}

/** Where the payload belongs in the whole datagram's, in octets. */
export function fragmentOffset(ptr: usize): u32 {
  return ((load16be(ptr + FLAGS_OFFSET) & 0x1fff) as u32) << 3;
}

/** Whether this is a piece of a larger datagram. */
export function isFragment(ptr: usize): bool {
  // All but the two upper bits of the first octet, as the number is in memory.
  return (load<u16>(ptr + FLAGS_OFFSET) & 0xff3f) != 0;
}

export function timeToLive(ptr: usize): u32 {
  return load<u8>(ptr + TIME_TO_LIVE);
}

export function protocol(ptr: usize): u32 {
  return load<u8>(ptr + PROTOCOL);
}

export function sourceAddress(ptr: usize): u32 {
  return load32be(ptr + SOURCE);
}

export function destinationAddress(ptr: usize): u32 {
  return load32be(ptr + DESTINATION);
}

/** Turns a fragment's header into that of a whole datagram. @param length total length of that */
export function makeWhole(ptr: usize, length: u32): void {
  store16be(ptr + TOTAL_LENGTH, length as u16);
  store<u16>(ptr + FLAGS_OFFSET, 0);
  store<u16>(ptr + CHECKSUM, 0);
  storeChecksum(ptr + CHECKSUM, sum(ptr, headerLength(ptr)));
}

/**
 * Writes a header without options, its checksum included, to the HEADER_LENGTH octets at `ptr`.
 * @param length total length, header included, at most 65535
 * @param flags FLAG_DF, FLAG_MF and the fragment offset in units of 8 octets
 */
export function emit(
  ptr: usize,
  length: u32,
  identification: u32,
  flags: u32,
  timeToLive: u32,
  protocol: u32,
  source: u32,
  destination: u32,
): void {
  // Written in words, and summed as numbers: octets that were just written are slow to read in larger pieces.
  const first = 0x45000000 | length;
  const second = (identification << 16) | flags;
  const third = (timeToLive << 24) | (protocol << 16);
  const total = (first as u64) + second + third + source + destination;
  store32be(ptr + VERSION_IHL, first);
  store32be(ptr + IDENTIFICATION, second);
  store32be(ptr + TIME_TO_LIVE, third | finish(total));
  store32be(ptr + SOURCE, source);
  store32be(ptr + DESTINATION, destination);
}
