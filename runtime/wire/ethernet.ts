/**
 * Ethernet II frames (RFC 894), without preamble and frame check sequence.
 *
 *      0                 6                12    14
 *     |destination      |source           |type |payload ...
 */

import { load16be, store16be } from "../base/bytes";
import { loadMac, MacAddress, storeMac } from "./macaddress";

const DESTINATION: usize = 0;
const SOURCE: usize = 6;
const TYPE: usize = 12;
/** Octets before the payload. */
export const HEADER_LENGTH: u32 = 14;

/** EtherType of IPv4. */
export const TYPE_IPV4: u32 = 0x0800;
/** EtherType of ARP. */
export const TYPE_ARP: u32 = 0x0806;

/** Whether `length` octets at `ptr` hold a header. Below 0x0600 the type is an 802.3 length: no frame of ours. */
export function check(ptr: usize, length: u32): bool {
  return length >= HEADER_LENGTH && etherType(ptr) >= 0x0600;
}

export function destination(ptr: usize): MacAddress {
  return loadMac(ptr + DESTINATION);
}

export function source(ptr: usize): MacAddress {
  return loadMac(ptr + SOURCE);
}

export function etherType(ptr: usize): u32 {
  return load16be(ptr + TYPE);
}

/** Writes the HEADER_LENGTH octets at `ptr`. */
export function emit(ptr: usize, destination: MacAddress, source: MacAddress, type: u32): void {
  storeMac(ptr + DESTINATION, destination);
  storeMac(ptr + SOURCE, source);
  store16be(ptr + TYPE, type as u16);
}
