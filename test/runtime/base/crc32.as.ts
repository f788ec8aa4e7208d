import { crc32 } from "fata/base/crc32";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}

export function checksum(ptr: usize, length: usize, before: u32): u32 {
  return crc32(ptr, length, before);
}
