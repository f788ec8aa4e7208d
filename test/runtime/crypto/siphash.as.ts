export { sipHash } from "fata/crypto/siphash";

/** Memory for a key and a message. */
export function scratch(): usize {
  return heap.alloc(128);
}
