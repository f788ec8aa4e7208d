import { decodeUtf8, encodeUtf8 } from "fata/base/utf8";

/** Memory for inputs and outputs. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}

/**
 * Decodes octets, and encodes what that gave.
 * @param units where the code units of the string are put; @param octets where the string is written in UTF-8
 * @returns the number of code units, or -1 if the octets are not UTF-8
 */
export function recode(ptr: usize, length: i32, units: usize, octets: usize): i32 {
  const text = decodeUtf8(ptr, length);
  if (text === null) return -1;
  memory.copy(units, changetype<usize>(text), text.length << 1);
  if (length > 0) assert(encodeUtf8(text, octets, length - 1) < 0, "it is written beyond the room that there is");
  assert(encodeUtf8(text, octets, length) == length, "it is not as long as it was");
  return text.length;
}
