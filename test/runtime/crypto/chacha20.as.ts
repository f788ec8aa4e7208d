export { chacha20Block, chacha20Init } from "fata/crypto/chacha20";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}
