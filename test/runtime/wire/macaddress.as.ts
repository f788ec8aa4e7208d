import { encodeUtf8 } from "fata/base/utf8";
import { formatMac } from "fata/wire/macaddress";

export { isGroupMac, isStationMac, loadMac, storeMac } from "fata/wire/macaddress";

/** Memory for the test's octets. */
export function scratch(): usize {
  return heap.alloc(64);
}

/** Writes the address as text. @returns its length */
export function format(mac: u64, ptr: usize): i32 {
  return encodeUtf8(formatMac(mac), ptr, 64);
}
