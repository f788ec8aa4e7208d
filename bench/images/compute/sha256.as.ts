/** SHA-256 (FIPS 180-4), as a driver or protocol would write it: whole blocks out of linear memory. */
const BLOCK = 64;

// FIPS 180-4, 4.2.2
const K: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
];

/** Words of a state, and of a block once it is expanded, in 32 bits each. */
const h = heap.alloc(8 << 2);
const w = heap.alloc(64 << 2);

function at(words: usize, index: u32): usize {
  return words + (index << 2);
}

// FIPS 180-4, 5.3.3
function reset(): void {
  store<u32>(h, 0x6a09e667);
  store<u32>(h, 0xbb67ae85, 4);
  store<u32>(h, 0x3c6ef372, 8);
  store<u32>(h, 0xa54ff53a, 12);
  store<u32>(h, 0x510e527f, 16);
  store<u32>(h, 0x9b05688c, 20);
  store<u32>(h, 0x1f83d9ab, 24);
  store<u32>(h, 0x5be0cd19, 28);
}

// FIPS 180-4, 6.2.2, step 1
function expand(block: usize): void {
  for (let t: u32 = 0; t < 16; t++) store<u32>(at(w, t), bswap(load<u32>(at(block, t))));
  for (let t: u32 = 16; t < 64; t++) {
    const a = load<u32>(at(w, t - 15));
    const b = load<u32>(at(w, t - 2));
    const s0 = rotr(a, 7) ^ rotr(a, 18) ^ (a >> 3);
    const s1 = rotr(b, 17) ^ rotr(b, 19) ^ (b >> 10);
    store<u32>(at(w, t), load<u32>(at(w, t - 16)) + s0 + load<u32>(at(w, t - 7)) + s1);
  }
}

function add(index: u32, value: u32): void {
  store<u32>(at(h, index), load<u32>(at(h, index)) + value);
}

// FIPS 180-4, 6.2.2, steps 2 to 4
function compress(): void {
  const k = changetype<usize>(K);
  let h0 = load<u32>(h);
  let h1 = load<u32>(h, 4);
  let h2 = load<u32>(h, 8);
  let h3 = load<u32>(h, 12);
  let h4 = load<u32>(h, 16);
  let h5 = load<u32>(h, 20);
  let h6 = load<u32>(h, 24);
  let h7 = load<u32>(h, 28);
  for (let t: u32 = 0; t < 64; t++) {
    const s1 = rotr(h4, 6) ^ rotr(h4, 11) ^ rotr(h4, 25);
    const one = h7 + s1 + ((h4 & h5) ^ (~h4 & h6)) + load<u32>(at(k, t)) + load<u32>(at(w, t));
    const s0 = rotr(h0, 2) ^ rotr(h0, 13) ^ rotr(h0, 22);
    const two = s0 + ((h0 & h1) ^ (h0 & h2) ^ (h1 & h2));
    h7 = h6;
    h6 = h5;
    h5 = h4;
    h4 = h3 + one;
    h3 = h2;
    h2 = h1;
    h1 = h0;
    h0 = one + two;
  }
  add(0, h0);
  add(1, h1);
  add(2, h2);
  add(3, h3);
  add(4, h4);
  add(5, h5);
  add(6, h6);
  add(7, h7);
}

const LENGTH = 1 << 18;

function compose(): usize {
  const message = heap.alloc(LENGTH + BLOCK);
  for (let i = 0; i < LENGTH; i++) store<u8>(message + i, i * 7 + (i >> 8));
  memory.fill(message + LENGTH, 0, BLOCK);
  store<u8>(message + LENGTH, 0x80);
  store<u64>(message + LENGTH + BLOCK - 8, bswap<u64>(LENGTH * 8));
  return message;
}

const message = compose();

/** @returns the first word of the digest of 256 KiB; the last block is the padding */
export function sha256(): u32 {
  reset();
  for (let at = 0; at <= LENGTH; at += BLOCK) {
    expand(message + at);
    compress();
  }
  return load<u32>(h);
}
