import { decodeUtf8, encodeUtf8 } from "fata/base/utf8";
import { formatIpv4, Ipv4Prefix, parseIpv4 } from "fata/wire/ipv4address";

export { isUnicast } from "fata/wire/ipv4address";

/** Memory for the test's texts. */
export function scratch(): usize {
  return heap.alloc(256);
}

export function parse(ptr: usize, length: i32): i64 {
  return parseIpv4(decodeUtf8(ptr, length)!);
}

/** Writes an address as text. @returns its length */
export function format(address: u32, ptr: usize): i32 {
  return encodeUtf8(formatIpv4(address), ptr, 256);
}

/** Reads a prefix and writes it as text again. @returns the text's length, or -1 when it is malformed */
export function prefix(ptr: usize, length: i32): i32 {
  const prefix = Ipv4Prefix.parse(decodeUtf8(ptr, length)!);
  return prefix ? encodeUtf8(prefix.toString(), ptr, 256) : -1;
}

/** Bit 0: the network contains `address`; bit 1: it is a broadcast address there; bit 2: it may be a host's there. */
export function classify(own: u32, length: i32, address: u32): u32 {
  const prefix = new Ipv4Prefix(own, length);
  const contains: u32 = prefix.contains(address) ? 1 : 0;
  const broadcast: u32 = prefix.isBroadcast(address) ? 2 : 0;
  const neighbour: u32 = prefix.isNeighbour(address) ? 4 : 0;
  return contains | broadcast | neighbour;
}

export function broadcast(own: u32, length: i32): u32 {
  return new Ipv4Prefix(own, length).broadcast;
}
