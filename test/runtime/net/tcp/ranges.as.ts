import { Ranges } from "fata/net/tcp/ranges";
import { Reassembly } from "fata/net/tcp/reassembly";

export * from "fata/net/tcp/sequence";

let ranges = new Ranges(16);
let reassembly = new Reassembly();

export function renew(): void {
  ranges.clear();
  ranges = new Ranges(16);
  reassembly.forget();
  reassembly = new Reassembly();
}

export function add(left: u32, right: u32): bool {
  return ranges.add(left, right);
}

export function removeBefore(number: u32): void {
  ranges.removeBefore(number);
}

export function holds(left: u32, right: u32): bool {
  return ranges.holds(left, right);
}

export function find(number: u32): u32 {
  return ranges.find(number);
}

export function count(): u32 {
  return ranges.count;
}

export function octets(): u32 {
  return ranges.octets;
}

export function left(index: u32): u32 {
  return ranges.left(index);
}

export function right(index: u32): u32 {
  return ranges.right(index);
}

export function reassemblyAdd(left: u32, right: u32): bool {
  return reassembly.keep(left, right);
}

export function reassemblyRepeated(left: u32, right: u32): void {
  reassembly.repeated(left, right);
}

export function reassemblyAdvance(next: u32): u32 {
  return reassembly.advance(next);
}

export function reassemblyIsEmpty(): bool {
  return reassembly.isEmpty;
}

export function reassemblyOctets(): u32 {
  return reassembly.octets;
}

export function reassemblyHasNews(): bool {
  return reassembly.hasNews;
}

export function reassemblyEmit(at: usize, most: u32): usize {
  return reassembly.emit(at, most);
}

/** Memory for the test's options. */
export function scratch(): usize {
  return heap.alloc(64);
}
