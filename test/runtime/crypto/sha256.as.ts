import { Sha256 } from "fata/crypto/sha256";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}

/** The digest of a message that comes in two parts. */
export function digest(ptr: usize, first: usize, second: usize, out: usize): void {
  const hash = new Sha256();
  hash.update(ptr, first);
  hash.update(ptr + first, second);
  hash.finish(out);
}
