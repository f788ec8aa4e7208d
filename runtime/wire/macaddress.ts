/** A MAC address: the six octets of IEEE 802's EUI-48 as a number, the first octet in the highest of the 48 bits. */

import { load16be, load32be, store16be, store32be } from "../base/bytes";

export type MacAddress = u64;

/** Octets of a MAC address. */
export const MAC_LENGTH: u32 = 6;
/** ff:ff:ff:ff:ff:ff */
export const MAC_BROADCAST: MacAddress = 0xffffffffffff;

/** The MAC address at `ptr`, MAC_LENGTH octets. */
export function loadMac(ptr: usize): MacAddress {
  return ((load16be(ptr) as u64) << 32) | (load32be(ptr + 2) as u64);
}

/** Writes `mac` to the MAC_LENGTH octets at `ptr`. */
export function storeMac(ptr: usize, mac: MacAddress): void {
  store16be(ptr, (mac >> 32) as u16);
  store32be(ptr + 2, mac as u32);
}

/** Whether `mac` names a group: multicast or broadcast (the first octet's lowest bit). */
export function isGroupMac(mac: MacAddress): bool {
  return ((mac >> 40) & 1) != 0;
}

/** Whether `mac` may be one station's address: neither zero nor a group. */
export function isStationMac(mac: MacAddress): bool {
  return mac != 0 && !isGroupMac(mac);
}

/** `mac` as text, such as `02:00:00:12:34:56`. Builds a string: for messages, not for the packet path. */
export function formatMac(mac: MacAddress): string {
  let text = "";
  for (let shift = 44; shift >= 0; shift -= 4) {
    const digit = ((mac >> shift) & 15) as i32;
    text += String.fromCharCode(digit + (digit < 10 ? 0x30 : 0x57));
    if (shift > 0 && (shift & 7) == 0) text += ":";
  }
  return text;
}
