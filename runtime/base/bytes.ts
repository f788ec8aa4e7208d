/**
 * Big-endian (network order) loads and stores at any alignment, and comparison. WebAssembly itself is little-endian.
 */

/** Reads a big-endian u16 at `ptr`. */
export function load16be(ptr: usize): u16 {
  // Octet by octet is less code than the two together and swapped, and no slower.
  return ((load<u8>(ptr) as u16) << 8) | load<u8>(ptr, 1);
}

/** Reads a big-endian u32 at `ptr`. */
export function load32be(ptr: usize): u32 {
  return bswap<u32>(load<u32>(ptr));
}

/** Reads a big-endian u64 at `ptr`. */
export function load64be(ptr: usize): u64 {
  return bswap<u64>(load<u64>(ptr));
}

/** Writes `value` as a big-endian u16 at `ptr`. */
export function store16be(ptr: usize, value: u16): void {
  store<u16>(ptr, bswap<u16>(value));
}

/** Writes `value` as a big-endian u32 at `ptr`. */
export function store32be(ptr: usize, value: u32): void {
  store<u32>(ptr, bswap<u32>(value));
}

/** Writes `value` as a big-endian u64 at `ptr`. */
export function store64be(ptr: usize, value: u64): void {
  store<u64>(ptr, bswap<u64>(value));
}

/**
 * Whether two areas hold the same bytes. The time taken depends on the bytes: not for secrets.
 * @param a address of one area; @param b address of the other; @param len bytes to compare
 */
export function equal(a: usize, b: usize, len: usize): bool {
  let i: usize = 0;
  for (; i + 8 <= len; i += 8) {
    if (load<u64>(a + i) != load<u64>(b + i)) return false;
  }
  for (; i < len; i++) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
  }
  return true;
}
