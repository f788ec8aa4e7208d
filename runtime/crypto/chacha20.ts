/**
 * The ChaCha20 block function (RFC 8439 section 2.3), in the small form: one quarter round in a loop. The state is 16
 * little-endian words:
 *
 *     0..3 constants   4..11 key   12 block counter   13..15 nonce
 */

/** Bytes of a state and of a block of key stream. */
export const CHACHA20_BLOCK: usize = 64;
/** Bytes of a key. */
export const CHACHA20_KEY: usize = 32;
/** Bytes of a nonce. */
export const CHACHA20_NONCE: usize = 12;

/**
 * Sets up a state.
 * @param state CHACHA20_BLOCK bytes, 4-aligned; @param key CHACHA20_KEY bytes; @param counter of the first block
 * @param nonce CHACHA20_NONCE bytes
 */
export function chacha20Init(state: usize, key: usize, counter: u32, nonce: usize): void {
  // "expand 32-byte k"
  store<u32>(state, 0x61707865);
  store<u32>(state, 0x3320646e, 4);
  store<u32>(state, 0x79622d32, 8);
  store<u32>(state, 0x6b206574, 12);
  memory.copy(state + 16, key, CHACHA20_KEY);
  store<u32>(state, counter, 48);
  memory.copy(state + 52, nonce, CHACHA20_NONCE);
}

/**
 * Computes one block of key stream and counts the state's block counter up.
 * @param state as chacha20Init made it; @param out CHACHA20_BLOCK bytes, 4-aligned, outside the state
 */
export function chacha20Block(state: usize, out: usize): void {
  memory.copy(out, state, CHACHA20_BLOCK);
  // 80 quarter rounds: four on columns, four on diagonals, ten times. A diagonal is a column whose rows are turned by
  // their number.
  for (let q: u32 = 0; q < 80; q++) {
    const turn = (q >> 2) & 1;
    quarterRound(
      out + ((q & 3) << 2),
      out + 16 + (((q + turn) & 3) << 2),
      out + 32 + (((q + 2 * turn) & 3) << 2),
      out + 48 + (((q + 3 * turn) & 3) << 2),
    );
  }
  for (let i: usize = 0; i < CHACHA20_BLOCK; i += 4) store<u32>(out + i, load<u32>(out + i) + load<u32>(state + i));
  store<u32>(state, load<u32>(state, 48) + 1, 48);
}

/** RFC 8439 section 2.1, on the words at four addresses. */
function quarterRound(atA: usize, atB: usize, atC: usize, atD: usize): void {
  let a = load<u32>(atA);
  let b = load<u32>(atB);
  let c = load<u32>(atC);
  let d = load<u32>(atD);
  a += b;
  d = rotl<u32>(d ^ a, 16);
  c += d;
  b = rotl<u32>(b ^ c, 12);
  a += b;
  d = rotl<u32>(d ^ a, 8);
  c += d;
  b = rotl<u32>(b ^ c, 7);
  store<u32>(atA, a);
  store<u32>(atB, b);
  store<u32>(atC, c);
  store<u32>(atD, d);
}
