export { encodeHex, hexDigit, hexValue } from "fata/base/hex";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}
