/** SHA-256 (FIPS 180-4). */
import { encodeHex } from "../base/hex";

/** Bytes of a digest. */
export const SHA256_SIZE: i32 = 32;
/** Bytes of a block of the message. */
const BLOCK: usize = 64;

// Inside of functions, or they would be in each image.
function constants(): usize {
  // FIPS 180-4, 4.2.2
  return memory.data<u32>([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
  ]);
}
function initial(): usize {
  // FIPS 180-4, 5.3.3
  return memory.data<u32>([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ]);
}

/** The words of a block, once it is expanded: used within one call only. */
const words: usize = memory.data(64 * 4, 4);

/** One digest in the making. */
export class Sha256 {
  /** Eight words of state, then the block that is not full yet. */
  private readonly memory: StaticArray<u32> = new StaticArray<u32>(8 + 16);
  /** Bytes of the message so far. */
  private length: u64 = 0;

  constructor() {
    memory.copy(changetype<usize>(this.memory), initial(), SHA256_SIZE);
  }

  /** Takes the next part of the message. */
  update(ptr: usize, length: usize): void {
    const state = changetype<usize>(this.memory);
    const block = state + SHA256_SIZE;
    const filled = <usize>this.length & (BLOCK - 1);
    this.length += length;
    if (filled) {
      const part = min(length, BLOCK - filled);
      memory.copy(block + filled, ptr, part);
      if (filled + part < BLOCK) return;
      compress(state, block);
      ptr += part;
      length -= part;
    }
    for (; length >= BLOCK; length -= BLOCK) {
      compress(state, ptr);
      ptr += BLOCK;
    }
    memory.copy(block, ptr, length);
  }

  /**
   * Ends the message.
   * @param digest where its SHA256_SIZE bytes go
   */
  finish(digest: usize): void {
    const state = changetype<usize>(this.memory);
    const block = state + SHA256_SIZE;
    let filled = <usize>this.length & (BLOCK - 1);
    store<u8>(block + filled++, 0x80);
    memory.fill(block + filled, 0, BLOCK - filled);
    // The length takes the last eight bytes of a block.
    if (filled > BLOCK - 8) {
      compress(state, block);
      memory.fill(block, 0, BLOCK);
    }
    store<u64>(block + BLOCK - 8, bswap(this.length << 3));
    compress(state, block);
    for (let i: usize = 0; i < <usize>SHA256_SIZE; i += 4) store<u32>(digest + i, bswap(load<u32>(state + i)));
  }

  /** The same as `update` with the first bytes of a buffer. @param length bytes, -1: all */
  add(bytes: Uint8Array, length: i32 = -1): void {
    assert(length <= bytes.length, "the length reaches past the buffer");
    this.update(bytes.dataStart, length < 0 ? bytes.length : length);
  }

  /** Ends the message. @returns the digest in hex */
  hex(): string {
    const digest = new StaticArray<u8>(SHA256_SIZE);
    this.finish(changetype<usize>(digest));
    return encodeHex(changetype<usize>(digest), SHA256_SIZE);
  }
}

/** FIPS 180-4, 6.2.2. @param state eight words; @param block 64 bytes */
function compress(state: usize, block: usize): void {
  for (let t: usize = 0; t < 64; t += 4) store<u32>(words + t, bswap(load<u32>(block + t)));
  for (let t: usize = 64; t < 256; t += 4) {
    const a = load<u32>(words + t - 60);
    const b = load<u32>(words + t - 8);
    const s0 = rotr(a, 7) ^ rotr(a, 18) ^ (a >>> 3);
    const s1 = rotr(b, 17) ^ rotr(b, 19) ^ (b >>> 10);
    store<u32>(words + t, load<u32>(words + t - 64) + s0 + load<u32>(words + t - 28) + s1);
  }
  const k = constants();
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let t: usize = 0; t < 256; t += 4) {
    const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(k + t) + load<u32>(words + t);
    const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
  store<u32>(state, load<u32>(state, 20) + f, 20);
  store<u32>(state, load<u32>(state, 24) + g, 24);
  store<u32>(state, load<u32>(state, 28) + h, 28);
}
