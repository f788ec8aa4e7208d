/**
 * The virtio_net_hdr before each frame (VIRTIO 1.2, 5.1.6), little-endian, without num_buffers.
 *
 *      0     1     2         4         6           8           10
 *     |flags|gso  |hdr_len  |gso_size |csum_start |csum_offset|
 */

import { store16be } from "../base/bytes";
import { finish, sum } from "./checksum";

const FLAGS: usize = 0;
const GSO_TYPE: usize = 1;
const HEADER_SIZE: usize = 2;
const SEGMENT: usize = 4;
const CSUM_START: usize = 6;
const CSUM_OFFSET: usize = 8;
/** Octets of the header. */
export const LENGTH: u32 = 10;

/** The checksum is still partial: only the pseudo header's sum stands in its field. */
export const FLAG_NEEDS_CSUM: u32 = 1;
/** The host has verified the checksum. */
export const FLAG_DATA_VALID: u32 = 2;
/** A packet of its own size. */
export const GSO_NONE: u32 = 0;
/** TCP over IPv4, to be cut into segments. */
export const GSO_TCPV4: u32 = 1;
/** TCP over IPv6, likewise. */
export const GSO_TCPV6: u32 = 4;
/** UDP over either, to be cut into datagrams. */
export const GSO_UDP_L4: u32 = 5;

export function flags(ptr: usize): u32 {
  return load<u8>(ptr + FLAGS);
}

export function gsoType(ptr: usize): u32 {
  return load<u8>(ptr + GSO_TYPE);
}

/**
 * Whether the frame behind the header is complete as it stands: its checksums filled in, nothing left to segment. The
 * flag DATA_VALID (the host has verified the checksum) is welcome and needs nothing: the layers above verify anyway.
 */
export function isPlain(ptr: usize): bool {
  return (flags(ptr) & FLAG_NEEDS_CSUM) == 0 && gsoType(ptr) == GSO_NONE;
}

/** Octets of payload in each segment but the last. */
export function segment(ptr: usize): u32 {
  return load<u16>(ptr + SEGMENT);
}

/** Where the sum begins, in octets from the frame's first. */
export function checksumStart(ptr: usize): u32 {
  return load<u16>(ptr + CSUM_START);
}

/** Where the checksum stands, from the frame's first octet. */
export function checksumField(ptr: usize): u32 {
  return checksumStart(ptr) + load<u16>(ptr + CSUM_OFFSET);
}

/** Writes a header that says that the frame is complete. */
export function clear(ptr: usize): void {
  store<u64>(ptr, 0);
  store<u16>(ptr + CSUM_OFFSET, 0);
}

/** Says that the checksum is still to be filled in. @param start where the sum begins; @param field from there on */
export function emitPartial(ptr: usize, start: u32, field: u32): void {
  store<u8>(ptr + FLAGS, FLAG_NEEDS_CSUM as u8);
  store<u16>(ptr + CSUM_START, start as u16);
  store<u16>(ptr + CSUM_OFFSET, field as u16);
}

/**
 * Says that the frame is to be cut into segments, after emitPartial.
 * @param type GSO_*; @param headers octets of all headers together; @param size octets of payload in each segment
 */
export function emitSegments(ptr: usize, type: u32, headers: u32, size: u32): void {
  store<u8>(ptr + GSO_TYPE, type as u8);
  store<u16>(ptr + HEADER_SIZE, headers as u16);
  store<u16>(ptr + SEGMENT, size as u16);
}

/** Says that the checksum was not verified by the host, which is nothing to send. */
export function forget(ptr: usize): void {
  store<u8>(ptr + FLAGS, (flags(ptr) & FLAG_NEEDS_CSUM) as u8);
}

/**
 * Fills in the checksum that is still partial, and says so. Only where checksumField lies within the frame.
 * @param ptr the header, with the frame behind it; @param length octets of the frame
 */
export function complete(ptr: usize, length: u32): void {
  const frame = ptr + LENGTH;
  const start = checksumStart(ptr);
  const checksum = finish(sum(frame + start, length - start));
  // UDP's checksum cannot be zero (RFC 768), and TCP's means the same either way.
  store16be(frame + checksumField(ptr), (checksum == 0 ? 0xffff : checksum) as u16);
  clear(ptr);
}
