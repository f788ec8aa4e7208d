/**
 * TCP segments (RFC 9293, 3.1).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |          Source Port          |       Destination Port        |
 *     |                        Sequence Number                        |
 *     |                    Acknowledgment Number                      |
 *     | Data  |       |C|E|U|A|P|R|S|F|                               |
 *     | Offset| Rsrvd |W|C|R|C|S|S|Y|I|            Window             |
 *     |       |       |R|E|G|K|H|T|N|N|                               |
 *     |           Checksum            |         Urgent Pointer        |
 *     |                           [Options]                           |
 *     |                             Data ...                          |
 *
 * The options are wire/tcpoptions.ts's.
 */

import { load16be, load32be, store16be, store32be } from "../base/bytes";
import { fold, pseudoHeader, storeChecksum, sum } from "./checksum";
import { PROTOCOL_TCP } from "./ipv4";

const SOURCE_PORT: usize = 0;
const DESTINATION_PORT: usize = 2;
const SEQUENCE: usize = 4;
const ACKNOWLEDGMENT: usize = 8;
const DATA_OFFSET: usize = 12;
const FLAGS: usize = 13;
const WINDOW: usize = 14;
/** Where the checksum stands. */
export const CHECKSUM: u32 = 16;
const URGENT_POINTER: usize = 18;
/** Octets of a header without options: where the options begin. */
export const HEADER_LENGTH: u32 = 20;
/** Octets of the longest header. */
export const HEADER_MAX: u32 = 60;

/** Control bits: "No more data from sender". */
export const FIN: u32 = 0x01;
/** "Synchronize sequence numbers". */
export const SYN: u32 = 0x02;
/** "Reset the connection". */
export const RST: u32 = 0x04;
/** "Push function". */
export const PSH: u32 = 0x08;
/** "Acknowledgment field is significant". */
export const ACK: u32 = 0x10;
/** "Urgent pointer field is significant". */
export const URG: u32 = 0x20;

/** Whether `size` octets at `ptr` hold a whole header: at least 20 octets, all of them within `size`. */
export function check(ptr: usize, size: u32): bool {
  if (size < HEADER_LENGTH) return false;
  const header = headerLength(ptr);
  return header >= HEADER_LENGTH && header <= size;
}

/** Whether the checksum is right. Only after check. @param size octets of header and data */
export function verify(ptr: usize, size: u32, source: u32, destination: u32): bool {
  return fold(pseudoHeader(source, destination, PROTOCOL_TCP, size) + sum(ptr, size)) == 0xffff;
}

export function sourcePort(ptr: usize): u32 {
  return load16be(ptr + SOURCE_PORT);
}

export function destinationPort(ptr: usize): u32 {
  return load16be(ptr + DESTINATION_PORT);
}

/** SEG.SEQ: the number of the first octet of data, or of the SYN. */
export function sequence(ptr: usize): u32 {
  return load32be(ptr + SEQUENCE);
}

/** SEG.ACK: the number that the sender expects next; without meaning unless ACK is set. */
export function acknowledgment(ptr: usize): u32 {
  return load32be(ptr + ACKNOWLEDGMENT);
}

/** Octets of the header with its options: the data's offset. */
export function headerLength(ptr: usize): u32 {
  return ((load<u8>(ptr + DATA_OFFSET) >> 4) as u32) << 2;
}

/** The control bits. */
export function flags(ptr: usize): u32 {
  return load<u8>(ptr + FLAGS);
}

/** SEG.WND as it stands there, not scaled. */
export function window(ptr: usize): u32 {
  return load16be(ptr + WINDOW);
}

/** SEG.UP, from SEG.SEQ on; without meaning unless URG is set. */
export function urgentPointer(ptr: usize): u32 {
  return load16be(ptr + URGENT_POINTER);
}

/**
 * Writes a header whose options stand there already, or will; no checksum yet.
 * @param header octets of the header with its options, a multiple of four
 * @param window as it goes onto the wire, scaled
 */
export function emit(
  ptr: usize,
  sourcePort: u32,
  destinationPort: u32,
  sequence: u32,
  acknowledgment: u32,
  header: u32,
  flags: u32,
  window: u32,
): void {
  // Written in words, as `emitChecksum` reads them: what was just written is slow to read in larger pieces.
  store32be(ptr + SOURCE_PORT, (sourcePort << 16) | destinationPort);
  store32be(ptr + SEQUENCE, sequence);
  store32be(ptr + ACKNOWLEDGMENT, acknowledgment);
  store32be(ptr + DATA_OFFSET, (header << 26) | (flags << 16) | window);
  store<u32>(ptr + CHECKSUM, 0);
}

/**
 * Writes the checksum over a header that `emit` made, with its options, and the data behind it.
 * @param size octets of header and data; @param source IPv4 address; @param destination likewise
 */
export function emitChecksum(ptr: usize, size: u32, source: u32, destination: u32): void {
  const header = headerLength(ptr);
  let words: u64 = 0;
  for (let at: u32 = 0; at < header; at += 4) words += load<u32>(ptr + at);
  const total = pseudoHeader(source, destination, PROTOCOL_TCP, size) + (words << 8);
  storeChecksum(ptr + CHECKSUM, total + sum(ptr + header, size - header));
}

/** As emitChecksum, but with the sum of the pseudo header alone in its place, for a host that fills it in. */
export function emitPartial(ptr: usize, size: u32, source: u32, destination: u32): void {
  store16be(ptr + CHECKSUM, fold(pseudoHeader(source, destination, PROTOCOL_TCP, size)) as u16);
}
