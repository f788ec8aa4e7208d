/**
 * When memory is collected: between turns of fibers, when no fiber is on the wasm stack (its locals could not be seen
 * there). What a single turn allocates is therefore never collected within it: work that a peer drives must allocate
 * within bounds, and a long computation calls `yieldNow`.
 */

/** No collection below this much. */
const LEAST: usize = 256 * 1024;
/** Fewest bytes between two collections when memory is at its limit. */
const TIGHT_LEAST: usize = 64 * 1024;

/** Bytes of objects from which on a collection is due, as long as memory can grow. */
let limit: usize = LEAST;
/** Bytes of free memory below which one is due when it cannot: not all that is taken is objects. */
let floor: usize = 0;
let tight: bool = false;
let wanted: bool = false;

/** Has a collection happen in this step or the next, for the sake of what it finds out (unheld.ts). */
export function collectSoon(): void {
  wanted = true;
}

/** Collects when the heap is twice what was alive last time or, when memory cannot grow, has used up half of the rest. */
export function collectIfDue(): void {
  if (!wanted && (tight ? __memory_free() >= floor : __heap_used() < limit && !__memory_tight())) return;
  wanted = false;
  tight = __memory_tight();
  __collect();
  limit = max(__heap_used() << 1, LEAST);
  const free = __memory_free();
  floor = free - min(free, max(free >> 1, TIGHT_LEAST));
}

/** Bytes of all objects, those included that nobody holds any more and that the next collection takes away. */
export function bytesInUse(): usize {
  return __heap_used();
}

/** Bytes of memory that are free without growing it. */
export function bytesFree(): usize {
  return __memory_free();
}
