export * from "fata/net/tcp/isn";
export * from "fata/net/tcp/syncookie";

/** Memory for a key. */
export function scratch(): usize {
  return heap.alloc(16);
}
