/** A MAC address: the six octets of IEEE 802's EUI-48 as a number, the first octet in its lowest bits, as in memory. */

export type MacAddress = u64;

/** Octets of a MAC address. */
export const MAC_LENGTH: u32 = 6;
/** ff:ff:ff:ff:ff:ff */
export const MAC_BROADCAST: MacAddress = 0xffffffffffff;

/** The MAC address at `ptr`, MAC_LENGTH octets. */
export function loadMac(ptr: usize): MacAddress {
  return load<u32>(ptr) | ((load<u16>(ptr, 4) as u64) << 32);
}

/** Writes `mac` to the MAC_LENGTH octets at `ptr`. */
export function storeMac(ptr: usize, mac: MacAddress): void {
  store<u32>(ptr, mac as u32);
  store<u16>(ptr, (mac >> 32) as u16, 4);
}

/** Whether `mac` names a group: multicast or broadcast (the first octet's lowest bit). */
export function isGroupMac(mac: MacAddress): bool {
  return (mac & 1) != 0;
}

/** Whether `mac` may be one station's address: neither zero nor a group. */
export function isStationMac(mac: MacAddress): bool {
  return mac != 0 && !isGroupMac(mac);
}

/** `mac` as text, such as `02:00:00:12:34:56`. Builds a string: for messages, not for the packet path. */
export function formatMac(mac: MacAddress): string {
  let text = "";
  for (let digit = 0; digit < 12; digit++) {
    // The upper half of an octet comes first.
    const value = ((mac >> ((digit ^ 1) << 2)) & 15) as i32;
    if (digit > 0 && (digit & 1) == 0) text += ":";
    text += String.fromCharCode(value + (value < 10 ? 0x30 : 0x57));
  }
  return text;
}
