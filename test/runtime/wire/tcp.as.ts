import * as options from "fata/wire/tcpoptions";

export * from "fata/wire/tcp";
export * from "fata/wire/tcpoptions";

const read = new options.TcpOptions();

/** Memory for the test's packets. */
export function scratch(): usize {
  return heap.alloc(70000);
}

export function readOptions(ptr: usize): bool {
  return read.read(ptr);
}

export function readMss(): u32 {
  return read.mss;
}

export function readWindowScale(): i32 {
  return read.windowScale;
}

export function readSackPermitted(): bool {
  return read.sackPermitted;
}

export function readTimestamps(): bool {
  return read.timestamps;
}

export function readTimestampValue(): u32 {
  return read.timestampValue;
}

export function readTimestampEcho(): u32 {
  return read.timestampEcho;
}

export function readSackCount(): u32 {
  return read.sackCount;
}

export function readSackLeft(index: u32): u32 {
  return read.sackLeft(index);
}

export function readSackRight(index: u32): u32 {
  return read.sackRight(index);
}
