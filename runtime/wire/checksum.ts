/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words.
 *
 * Sums are kept as plain 64-bit totals of little-endian words: the sum does not depend on the byte order (RFC 1071,
 * 2(B)), carries can wait (2(C): deferred carries), and `fold` swaps once at the end. So partial sums of pieces that
 * begin at even offsets are simply added.
 */

/**
 * Sums `length` octets at `ptr`; a missing last octet counts as zero.
 * @returns the unfolded sum; pieces of up to 4 GiB cannot overflow it
 */
export function sum(ptr: usize, length: u32): u64 {
  let total: u64 = 0;
  // Two 64-bit loads a round, split into 32-bit halves so that the carries gather in the total's upper half.
  for (; length >= 16; length -= 16, ptr += 16) {
    const a = load<u64>(ptr);
    const b = load<u64>(ptr, 8);
    total += (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32);
  }
  for (; length >= 4; length -= 4, ptr += 4) total += load<u32>(ptr);
  if (length >= 2) {
    total += load<u16>(ptr);
    ptr += 2;
  }
  if (length & 1) total += load<u8>(ptr);
  return total;
}

/**
 * Folds a sum to 16 bits.
 * @returns the one's complement sum, its octets in network order; 0xffff over data with a valid checksum
 */
export function fold(total: u64): u32 {
  total = (total & 0xffffffff) + (total >> 32);
  total = (total & 0xffffffff) + (total >> 32);
  let half = ((total as u32) & 0xffff) + ((total as u32) >> 16);
  half = (half & 0xffff) + (half >> 16);
  return bswap<u16>(half as u16);
}

/** The checksum of a sum: what goes into the header's field. */
export function finish(total: u64): u32 {
  return ~fold(total) & 0xffff;
}

/** Whether `length` octets at `ptr`, their checksum field among them, sum up right. */
export function verify(ptr: usize, length: u32): bool {
  return fold(sum(ptr, length)) == 0xffff;
}

/**
 * The sum of the pseudo header that UDP and TCP put before their own (RFC 768; RFC 9293, 3.1):
 * source, destination, zero, protocol, length.
 */
export function pseudoHeader(source: u32, destination: u32, protocol: u32, length: u32): u64 {
  return (
    (bswap<u32>(source) as u64) +
    (bswap<u32>(destination) as u64) +
    (bswap<u16>(protocol as u16) as u64) +
    (bswap<u16>(length as u16) as u64)
  );
}

/**
 * The checksum after one 16-bit word of the covered data changed (RFC 1624, equation 3: HC' = ~(~HC + ~m + m')).
 * @param checksum the checksum before; @param before the word before; @param after the word after
 */
export function update(checksum: u32, before: u32, after: u32): u32 {
  let total = (~checksum & 0xffff) + (~before & 0xffff) + after;
  total = (total & 0xffff) + (total >> 16);
  total = (total & 0xffff) + (total >> 16);
  return ~total & 0xffff;
}
