export * from "fata/wire/checksum";

/** Memory for the test's packets. */
export function scratch(): usize {
  return heap.alloc(70000);
}
