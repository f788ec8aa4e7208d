import { panic } from "fata/sys/panic";

export function panics(): void {
  panic("the sky fell");
}

export function asserts(value: i32): void {
  assert(value, "value is zero: Größe 0");
}

export function assertsWithoutMessage(value: i32): void {
  assert(value);
}

/** A failure of the language's own library. */
export function readsPastTheEnd(array: i32): i32 {
  return [1, 2, 3][array];
}

/** Takes all memory there is, then fails. */
export function exhausts(): void {
  for (;;) heap.alloc(64 * 1024 * 1024);
}
