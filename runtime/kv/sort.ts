/** Sorting the keys of a table: a merge sort of indices, so that of equal keys the later one stays behind the other. */
import { compareKeys } from "./names";

/**
 * Sorts indices of entries whose key is at `texts + load<u32>(entry)` and has `load<u32>(entry, 4)` bytes.
 * @param order address of `count` indices, u32; @param spare as much room
 * @returns where the sorted indices are: `order` or `spare`
 */
export function sortKeys(order: usize, spare: usize, count: u32, entries: usize, stride: usize, texts: usize): usize {
  for (let width: u32 = 1; width < count; width <<= 1) {
    for (let left: u32 = 0; left < count; left += width << 1) {
      const middle = min(left + width, count);
      const right = min(middle + width, count);
      merge(order, spare, left, middle, right, entries, stride, texts);
    }
    const swapped = order;
    order = spare;
    spare = swapped;
  }
  return order;
}

function merge(
  from: usize,
  to: usize,
  left: u32,
  middle: u32,
  right: u32,
  entries: usize,
  stride: usize,
  texts: usize,
): void {
  let a = left;
  let b = middle;
  for (let at = left; at < right; at++) {
    const takeLeft = a < middle && (b >= right || order(from, a, b, entries, stride, texts) <= 0);
    const index = takeLeft ? a++ : b++;
    store<u32>(to + ((<usize>at) << 2), load<u32>(from + ((<usize>index) << 2)));
  }
}

function order(from: usize, a: u32, b: u32, entries: usize, stride: usize, texts: usize): i32 {
  const one = entries + <usize>load<u32>(from + ((<usize>a) << 2)) * stride;
  const other = entries + <usize>load<u32>(from + ((<usize>b) << 2)) * stride;
  return compareKeys(texts + load<u32>(one), load<u32>(one, 4), texts + load<u32>(other), load<u32>(other, 4));
}
