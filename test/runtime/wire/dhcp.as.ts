export * from "fata/wire/dhcp";

/** Memory for the test's messages; `value` is 4096 octets further on. */
export function scratch(): usize {
  return heap.alloc(8192);
}
