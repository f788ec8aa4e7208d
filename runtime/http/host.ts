/** Hosts as they stand in requests (RFC 9110, 7.2; RFC 3986, 3.2). */

/** Octets of a name (unreserved, sub-delims and "%"), a bit each: 0 to 63, and 64 to 127. */
const NAME_LOW: u64 = 0x2bff_7ff2_0000_0000;
const NAME_HIGH: u64 = 0x47ff_fffe_87ff_fffe;

/**
 * Whether octets are a host, perhaps empty, with or without a port. A user's name before it is refused (RFC 9110, 4.2.4).
 */
export function isAuthority(at: usize, end: usize): bool {
  if (at < end && load<u8>(at) == 0x5b) {
    // An address with colons, in brackets.
    const first = ++at;
    while (at < end && isAddressOctet(load<u8>(at))) at++;
    if (at == first || at == end || load<u8>(at) != 0x5d) return false;
    at++;
  } else {
    while (at < end && isNameOctet(load<u8>(at))) at++;
  }
  if (at == end) return true;
  if (load<u8>(at) != 0x3a || end - at > 6) return false;
  for (at++; at < end; at++) {
    if (<u32>load<u8>(at) - 0x30 > 9) return false;
  }
  return true;
}

function isNameOctet(octet: u32): bool {
  if (octet >= 128) return false;
  return (((octet < 64 ? NAME_LOW : NAME_HIGH) >> (octet & 63)) & 1) != 0;
}

/** Of an IPv6 address, and of what may once come after it (IPvFuture). */
function isAddressOctet(octet: u32): bool {
  return octet == 0x3a || isNameOctet(octet);
}
