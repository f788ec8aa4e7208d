/**
 * ARP for IPv4 over Ethernet (RFC 826). Field names are the RFC's, without their `ar$`.
 *
 *      0     2     4  5  6     8                14         18                24
 *     |hrd  |pro  |hl|pl|op   |sha             |spa       |tha              |tpa       |
 */

import { load16be, load32be, store16be, store32be } from "../base/bytes";
import { loadMac, MacAddress, storeMac } from "./macaddress";

const TYPES: usize = 0;
const LENGTHS: usize = 4;
const OP: usize = 6;
const SHA: usize = 8;
const SPA: usize = 14;
const THA: usize = 18;
const TPA: usize = 24;
/** Octets of a packet. */
export const PACKET_LENGTH: u32 = 28;

/** hrd 1, Ethernet, and pro 0x0800, IPv4, as they lie in memory; hln 6 and pln 4 likewise. */
const ETHERNET_IPV4: u32 = 0x00080100;
const LENGTHS_OF_THESE: u16 = 0x0406;

export const OP_REQUEST: u32 = 1;
export const OP_REPLY: u32 = 2;

/** Whether `length` octets at `ptr` hold a packet about IPv4 over Ethernet. Padding may follow it. */
export function check(ptr: usize, length: u32): bool {
  return (
    length >= PACKET_LENGTH && load<u32>(ptr + TYPES) == ETHERNET_IPV4 && load<u16>(ptr + LENGTHS) == LENGTHS_OF_THESE
  );
}

/** OP_REQUEST, OP_REPLY, or something else. */
export function operation(ptr: usize): u32 {
  return load16be(ptr + OP);
}

export function senderHardware(ptr: usize): MacAddress {
  return loadMac(ptr + SHA);
}

export function senderProtocol(ptr: usize): u32 {
  return load32be(ptr + SPA);
}

export function targetHardware(ptr: usize): MacAddress {
  return loadMac(ptr + THA);
}

export function targetProtocol(ptr: usize): u32 {
  return load32be(ptr + TPA);
}

/** Writes the PACKET_LENGTH octets at `ptr`. */
export function emit(ptr: usize, operation: u32, sha: MacAddress, spa: u32, tha: MacAddress, tpa: u32): void {
  store<u32>(ptr + TYPES, ETHERNET_IPV4);
  store<u16>(ptr + LENGTHS, LENGTHS_OF_THESE);
  store16be(ptr + OP, operation as u16);
  storeMac(ptr + SHA, sha);
  store32be(ptr + SPA, spa);
  storeMac(ptr + THA, tha);
  store32be(ptr + TPA, tpa);
}
