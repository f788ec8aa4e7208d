/** When the pools of the network stop growing. */

/** Free memory that is left to the application where the image's memory cannot grow; at most a sixteenth of all. */
const RESERVE: usize = 1024 * 1024;

/** Whether the image's memory cannot grow and less than so many reserves are left. */
export function isShort(reserves: u32): bool {
  return __memory_tight() && __memory_free() < min(RESERVE, (<usize>memory.size()) << 12) * reserves;
}
