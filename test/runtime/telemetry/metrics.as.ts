/** Makes metrics by the name that the test gives. */
import { Counter, Histogram } from "fata/telemetry/metric";

const text = new Uint8Array(64);

export function name(): usize {
  return text.dataStart;
}

export function make(length: i32): void {
  new Counter(String.UTF8.decodeUnsafe(text.dataStart, length), "A counter.");
}

export function makeHistogram(first: u64, second: u64): void {
  new Histogram("histogram", "A histogram.", [first, second]);
}
