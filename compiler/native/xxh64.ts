/**
 * XXH64 (Y. Collet, "xxHash fast digest algorithm", 2016) with seed 0: the hash that ties a native section to its wasm. A
 * tender computes it at each start, ten octets a nanosecond; tender/native/xxh64.c is its half.
 */

/** The primes of the specification. */
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
/** Octets of a hash. */
export const XXH64_SIZE = 8;
/** Four lanes of eight octets. */
const STRIPE = 32;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint): bigint => u64(value << by) | (value >> (64n - by));
const mix = (lane: bigint, input: bigint): bigint => u64(rotate(u64(lane + u64(input * P2)), 31n) * P1);

/** @returns the hash, little-endian */
export function xxh64(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length;
  let at = 0;
  let hash = P5;
  if (end >= STRIPE) {
    let [a, b, c, d] = [u64(P1 + P2), P2, 0n, u64(-P1)];
    for (; at + STRIPE <= end; at += STRIPE) {
      a = mix(a, view.getBigUint64(at, true));
      b = mix(b, view.getBigUint64(at + 8, true));
      c = mix(c, view.getBigUint64(at + 16, true));
      d = mix(d, view.getBigUint64(at + 24, true));
    }
    hash = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of [a, b, c, d]) hash = u64((hash ^ mix(0n, lane)) * P1 + P4);
  }
  hash = u64(hash + BigInt(end));
  for (; at + 8 <= end; at += 8) hash = u64(rotate(hash ^ mix(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  if (at + 4 <= end) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < end; at++) hash = u64(rotate(hash ^ u64(BigInt(view.getUint8(at)) * P5), 11n) * P1);
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  const digest = new Uint8Array(XXH64_SIZE);
  new DataView(digest.buffer).setBigUint64(0, hash ^ (hash >> 32n), true);
  return digest;
}
