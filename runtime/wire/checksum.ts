/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words.
 *
 * Sums are kept as plain 64-bit totals of what is to be summed, in units of 16 or 32 bits: carries can wait (2(C):
 * deferred carries) until `fold`. So sums of pieces that begin at even offsets, and of fields, are simply added.
 *
 * "The sum of 16-bit integers can be computed in either byte order", 2(B). A total is swapped as a whole: eight bits to the
 * left is a rotation of each of its words, as what leaves a word at the top is a carry that comes back at the bottom.
 */

/**
 * Sums `length` octets at `ptr`, at most 1 MiB; a missing last octet counts as zero.
 * @returns a total of less than 2^60, to be folded
 */
export function sum(ptr: usize, length: u32): u64 {
  // The words themselves, modulo 2^64, and their upper halves: what the lower ones add up to follows from both. That
  // takes no carry after each addition, which V8 has no instruction for, and three operations for eight octets.
  let words: u64 = 0;
  let upper: u64 = 0;
  for (; length >= 16; length -= 16, ptr += 16) {
    const a = load<u64>(ptr);
    const b = load<u64>(ptr, 8);
    words += a + b;
    upper += (a >> 32) + (b >> 32);
  }
  if (length & 8) {
    const a = load<u64>(ptr);
    words += a;
    upper += a >> 32;
    ptr += 8;
  }
  if (length & 4) {
    words += load<u32>(ptr);
    ptr += 4;
  }
  if (length & 2) {
    words += load<u16>(ptr);
    ptr += 2;
  }
  if (length & 1) words += load<u8>(ptr);
  const lower = words - (upper << 32);
  return (lower + upper) << 8;
}

/** Folds a total to the one's complement sum of 16 bits; 0xffff over data with a valid checksum. */
export function fold(total: u64): u32 {
  // Each half added to the other: the upper one then holds their sum, with the carry of the lower one.
  const half = ((total + rotr(total, 32)) >> 32) as u32;
  return (half + rotr(half, 16)) >> 16;
}

/** The checksum of a total: the number that stands in the header's field. */
export function finish(total: u64): u32 {
  return fold(total) ^ 0xffff;
}

/** Writes the checksum of a total of less than 2^56 into the header's field at `ptr`. */
export function storeChecksum(ptr: usize, total: u64): void {
  store<u16>(ptr, finish(total << 8) as u16);
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
  return (source as u64) + destination + protocol + length;
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
