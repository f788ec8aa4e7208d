export * from "fata/wire/vnet";

/** Memory for the test's packets. */
export function scratch(): usize {
  return heap.alloc(70000);
}
