import { base64Size, decodeBase64, encodeBase64 } from "fata/base/base64";

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}

export function encode(ptr: usize, length: usize, to: usize): usize {
  const size = encodeBase64(ptr, length, to);
  assert(size == base64Size(length));
  return size;
}

/** @returns bytes written, or -1 */
export function decode(ptr: usize, length: usize, to: usize): i32 {
  const bytes = decodeBase64(String.UTF8.decodeUnsafe(ptr, length));
  if (!bytes) return -1;
  memory.copy(to, bytes.dataStart, bytes.length);
  return bytes.length;
}
