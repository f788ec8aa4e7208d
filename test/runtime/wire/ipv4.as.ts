export * from "fata/wire/ipv4";

/** Memory for the test's packets. */
export function scratch(): usize {
  return heap.alloc(70000);
}
