/**
 * SipHash-2-4 (J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012): 64 bits that nobody can predict
 * who does not know the key. For hash tables that a peer fills, and for numbers that a peer must not guess.
 */

/** Octets of a key. */
export const SIPHASH_KEY: usize = 16;

/** The state, v0 to v3. Kept here between the rounds of one call. */
let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

/**
 * @param key SIPHASH_KEY octets; @param ptr what is hashed; @param length its octets
 * @returns 64 bits, as a little-endian number
 */
export function sipHash(key: usize, ptr: usize, length: u32): u64 {
  const k0 = load<u64>(key);
  const k1 = load<u64>(key, 8);
  // "somepseudorandomlygeneratedbytes"
  v0 = k0 ^ 0x736f6d6570736575;
  v1 = k1 ^ 0x646f72616e646f6d;
  v2 = k0 ^ 0x6c7967656e657261;
  v3 = k1 ^ 0x7465646279746573;
  const end = ptr + (length & ~7);
  for (; ptr < end; ptr += 8) compress(load<u64>(ptr));
  // "the last [...] bytes followed by null bytes and ending with a byte encoding the positive integer b mod 256"
  let last = (length as u64) << 56;
  for (let i: u32 = 0; i < (length & 7); i++) last |= (load<u8>(ptr + i) as u64) << (i << 3);
  compress(last);
  v2 ^= 0xff;
  for (let i = 0; i < 4; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

function compress(word: u64): void {
  v3 ^= word;
  round();
  round();
  v0 ^= word;
}

/** SipRound */
function round(): void {
  v0 += v1;
  v1 = rotl<u64>(v1, 13) ^ v0;
  v0 = rotl<u64>(v0, 32);
  v2 += v3;
  v3 = rotl<u64>(v3, 16) ^ v2;
  v0 += v3;
  v3 = rotl<u64>(v3, 21) ^ v0;
  v2 += v1;
  v1 = rotl<u64>(v1, 17) ^ v2;
  v2 = rotl<u64>(v2, 32);
}
