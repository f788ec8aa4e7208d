export { equal, load16be, load32be, load64be, store16be, store32be, store64be } from "fata/base/bytes";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}
