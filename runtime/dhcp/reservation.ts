/** Static leases as texts: `02:00:00:00:00:01=192.168.1.10`, or `id:ff00112233=192.168.1.10`. */
import { decodeHex } from "../base/hex";
import { parseIpv4 } from "../wire/ipv4address";
import { isStationMac, loadMac, MAC_LENGTH } from "../wire/macaddress";
import { identifierKey, stationKey } from "./request";

/** Longest identifier. */
const IDENTIFIER_MAX: u32 = 64;

/** The client of a static lease, as Request.client or Request.station; 0 when the text names none. */
export function ownerIn(text: string): u64 {
  const octets = memory.data(64);
  const end = text.indexOf("=");
  if (text.startsWith("id:")) {
    const length = decodeHex(text, 3, end, false, octets, IDENTIFIER_MAX);
    return length < 2 ? 0 : identifierKey(octets, length);
  }
  if (decodeHex(text, 0, end, true, octets, MAC_LENGTH) != <i32>MAC_LENGTH || !isStationMac(loadMac(octets))) return 0;
  return stationKey(loadMac(octets));
}

/** The address of a static lease, -1 when the text has none. */
export function addressIn(text: string): i64 {
  return parseIpv4(text.substring(text.indexOf("=") + 1));
}
