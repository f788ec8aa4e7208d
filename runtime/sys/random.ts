/**
 * Random bytes: ChaCha20 as a generator with fast key erasure (D. J. Bernstein, 2017). Each run of the cipher makes the
 * next key first and then the bytes to give; both are wiped as soon as they are used, so that what was given cannot be
 * computed from the memory of a later moment. The seed is the tender's.
 */
import { random } from "../abi/tender";
import { CHACHA20_BLOCK, CHACHA20_KEY, chacha20Block, chacha20Init } from "../crypto/chacha20";
import { panic } from "./panic";

const BLOCKS: usize = 4;
const POOL_SIZE: usize = BLOCKS * CHACHA20_BLOCK;
/** The key in its first CHACHA20_KEY bytes, then random bytes, of which the last `left` are still to be given. */
const pool: usize = memory.data(256, 8);
const state: usize = memory.data(64, 8);
/** Where the seed arrives; all zero at other times, when it serves as the nonce. */
const seed: usize = memory.data(32, 8);
let left: usize = 0;
let seeded: bool = false;

/**
 * Makes the next random byte depend on a new seed, and forgets what was prepared. For EVENT_RESTORED: two images restored
 * from one snapshot must not go on alike.
 */
export function reseed(): void {
  seeded = false;
  left = 0;
}

/** Fills `len` bytes at `ptr` with random bytes fit for keys. */
export function randomFill(ptr: usize, len: usize): void {
  while (len) {
    if (!left) refill();
    const count = min(left, len);
    const from = pool + POOL_SIZE - left;
    memory.copy(ptr, from, count);
    memory.fill(from, 0, count);
    left -= count;
    ptr += count;
    len -= count;
  }
}

/** A random number of 32 bits. */
export function randomU32(): u32 {
  const at: usize = state;
  randomFill(at, 4);
  const value = load<u32>(at);
  store<u32>(at, 0);
  return value;
}

/**
 * A random number below `n`, each equally likely (D. Lemire, "Fast random integer generation in an interval", 2019).
 * @param n at least 1
 */
export function randomBelow(n: u32): u32 {
  assert(n, "randomBelow(0)");
  let product = <u64>randomU32() * n;
  if (<u32>product < n) {
    const unfair = (u32(0) - n) % n;
    while (<u32>product < unfair) product = <u64>randomU32() * n;
  }
  return <u32>(product >> 32);
}

function refill(): void {
  if (!seeded) {
    // Mixed into the old key, so that a poor seed does not make a good key worse.
    if (random(seed, CHACHA20_KEY) != <i32>CHACHA20_KEY) panic("the tender gave no seed");
    for (let i: usize = 0; i < CHACHA20_KEY; i += 8) store<u64>(pool + i, load<u64>(pool + i) ^ load<u64>(seed + i));
    memory.fill(seed, 0, CHACHA20_KEY);
    seeded = true;
  }
  // Each key serves once, so counter and nonce may start from zero again.
  chacha20Init(state, pool, 0, seed);
  for (let at: usize = 0; at < POOL_SIZE; at += CHACHA20_BLOCK) chacha20Block(state, pool + at);
  memory.fill(state, 0, CHACHA20_BLOCK);
  left = POOL_SIZE - CHACHA20_KEY;
}
