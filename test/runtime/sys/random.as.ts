export { randomBelow, randomFill, randomU32, reseed } from "fata/sys/random";
export { event, start, step } from "../../support/idle.as";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}
