import { decodeUtf8, encodeUtf8 } from "fata/base/utf8";
import { Ipv6Address, Ipv6Prefix } from "fata/wire/ipv6address";

/** Memory for the test's texts. */
export function scratch(): usize {
  return heap.alloc(256);
}

/** Reads an address, and writes its groups, big-endian. @returns whether it is one */
export function parse(ptr: usize, length: i32): bool {
  const address = Ipv6Address.parse(decodeUtf8(ptr, length)!);
  if (!address) return false;
  for (let i = 0; i < 8; i++) store<u16>(ptr + (i << 1), bswap<u16>(<u16>address.group(i)));
  return true;
}

/** Writes an address as text. @returns its length */
export function format(high: u64, low: u64, ptr: usize): i32 {
  return encodeUtf8(new Ipv6Address(high, low).toString(), ptr, 256);
}

/** Reads a prefix and writes it as text again. @returns the text's length, or -1 when it is malformed */
export function prefix(ptr: usize, length: i32): i32 {
  const prefix = Ipv6Prefix.parse(decodeUtf8(ptr, length)!);
  return prefix ? encodeUtf8(prefix.toString(), ptr, 256) : -1;
}

export function contains(high: u64, low: u64, length: i32, otherHigh: u64, otherLow: u64): bool {
  return new Ipv6Prefix(new Ipv6Address(high, low), length).contains(new Ipv6Address(otherHigh, otherLow));
}

export function equals(high: u64, low: u64, otherHigh: u64, otherLow: u64): bool {
  return new Ipv6Address(high, low).equals(new Ipv6Address(otherHigh, otherLow));
}
