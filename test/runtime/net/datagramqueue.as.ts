import { DatagramQueue } from "fata/net/datagramqueue";

let queue: DatagramQueue | null = null;

/** Begins anew with a queue of `size` octets. */
export function make(size: u32): void {
  if (queue) queue!.release();
  queue = new DatagramQueue(size);
}

/** Memory for a datagram's octets. */
export function scratch(): usize {
  return heap.alloc(70000);
}

export function push(address: u32, port: u32, ptr: usize, length: u32): bool {
  return queue!.push(address, port, ~address, ptr, length);
}

export function empty(): bool {
  return queue!.empty;
}

export function length(): u32 {
  return queue!.length;
}

export function address(): u32 {
  return queue!.address;
}

export function port(): u32 {
  return queue!.port;
}

/** Address of the oldest datagram's octets. */
export function front(): usize {
  return queue!.octets;
}

export function shift(): void {
  queue!.shift();
}
