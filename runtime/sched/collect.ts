/**
 * When memory is collected: between turns of fibers, when no fiber is on the wasm stack (its locals could not be seen
 * there). What a single turn allocates is therefore never collected within it: work that a peer drives must allocate
 * within bounds, and a long computation calls `yieldNow`.
 */

/** No collection below this much. */
const LEAST: usize = 256 * 1024;
/** Fewest bytes between two collections when memory is at its limit. */
const TIGHT_LEAST: usize = 64 * 1024;

let limit: usize = LEAST;
let tight: bool = false;

/** Collects when the heap is twice what was alive last time or, when memory cannot grow, has used up half of the rest. */
export function collectIfDue(): void {
  const becameTight = __memory_tight() && !tight;
  if (__heap_used() < limit && !becameTight) return;
  tight = __memory_tight();
  __collect();
  const alive = __heap_used();
  const rest = ((<usize>memory.size()) << 16) - alive;
  limit = tight ? alive + max(rest >> 1, TIGHT_LEAST) : max(alive << 1, LEAST);
}
