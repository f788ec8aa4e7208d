/** Characters of strings, for what is in most images: String's own methods are several times as large. */

/** The code unit at an index, which the string must have. */
export function unitAt(text: string, index: i32): u32 {
  return load<u16>(changetype<usize>(text) + ((<usize>index) << 1));
}

/** Index of the first such code unit from `start` on and before `end`, or `end`. Both must be in the string, or its length. */
export function findUnit(text: string, unit: u32, start: i32, end: i32): i32 {
  while (start < end && unitAt(text, start) != unit) start++;
  return start;
}
