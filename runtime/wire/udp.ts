/**
 * UDP datagrams (RFC 768).
 *
 *      0           2           4           6           8
 *     |Source Port|Destination|Length     |Checksum   |data octets ...
 */

import { load16be, store32be } from "../base/bytes";
import { finish, fold, pseudoHeader, sum } from "./checksum";
import { PROTOCOL_UDP } from "./ipv4";

const SOURCE_PORT: usize = 0;
const DESTINATION_PORT: usize = 2;
const LENGTH: usize = 4;
/** Where the checksum stands. */
export const CHECKSUM: u32 = 6;
/** Octets before the data. */
export const HEADER_LENGTH: u32 = 8;

/** Whether `size` octets at `ptr` hold a header whose length covers itself and lies within them. */
export function check(ptr: usize, size: u32): bool {
  if (size < HEADER_LENGTH) return false;
  const own = length(ptr);
  return own >= HEADER_LENGTH && own <= size;
}

export function sourcePort(ptr: usize): u32 {
  return load16be(ptr + SOURCE_PORT);
}

export function destinationPort(ptr: usize): u32 {
  return load16be(ptr + DESTINATION_PORT);
}

/** Octets of header and data. */
export function length(ptr: usize): u32 {
  return load16be(ptr + LENGTH);
}

/** Whether the checksum is right, or absent: "an all zero transmitted checksum value means that the transmitter
 * generated no checksum". Only after check. */
export function verify(ptr: usize, source: u32, destination: u32): bool {
  if (load<u16>(ptr + CHECKSUM) == 0) return true;
  const size = length(ptr);
  return fold(pseudoHeader(source, destination, PROTOCOL_UDP, size) + sum(ptr, size)) == 0xffff;
}

/**
 * Writes the HEADER_LENGTH octets at `ptr`, with the checksum over the data that is already there.
 * @param size octets of header and data
 * @param source IPv4 address, for the pseudo header; @param destination likewise
 * @param data where the data stands: behind the header, or elsewhere
 */
export function emit(
  ptr: usize,
  sourcePort: u32,
  destinationPort: u32,
  size: u32,
  source: u32,
  destination: u32,
  data: usize,
): void {
  // Summed as numbers: octets that were just written, two by two, are slow to read, eight by eight.
  const header = (sourcePort as u64) + destinationPort + size;
  const total = header + sum(data, size - HEADER_LENGTH);
  const checksum = finish(pseudoHeader(source, destination, PROTOCOL_UDP, size) + total);
  // "If the computed checksum is zero, it is transmitted as all ones."
  emitHeader(ptr, sourcePort, destinationPort, size, checksum == 0 ? 0xffff : checksum);
}

/** As emit, but with the sum of the pseudo header alone in place of the checksum, for a host that fills it in. */
export function emitPartial(
  ptr: usize,
  sourcePort: u32,
  destinationPort: u32,
  size: u32,
  source: u32,
  destination: u32,
): void {
  emitHeader(ptr, sourcePort, destinationPort, size, fold(pseudoHeader(source, destination, PROTOCOL_UDP, size)));
}

function emitHeader(ptr: usize, sourcePort: u32, destinationPort: u32, size: u32, checksum: u32): void {
  store32be(ptr + SOURCE_PORT, (sourcePort << 16) | destinationPort);
  store32be(ptr + LENGTH, (size << 16) | checksum);
}
