/**
 * Index arithmetic of single-producer single-consumer rings. Indices are u32 that run freely and wrap at 2^32; a ring's
 * length is a power of two, so the slot is the index's low bits and differences stay right across the wrap.
 *
 *    consumed            produced
 *       |  filled slots     |   free slots ...   (both modulo the ring's length)
 */

/** Whether `size` can be a ring's length: a power of two. */
export function isRingSize(size: u32): bool {
  return size != 0 && (size & (size - 1)) == 0;
}

/** Entries that were produced and not yet consumed. */
export function ringFilled(produced: u32, consumed: u32): u32 {
  return produced - consumed;
}

/** Entries that can still be produced. */
export function ringRoom(produced: u32, consumed: u32, size: u32): u32 {
  return size - (produced - consumed);
}

/** The slot of an entry, 0 to size - 1. */
export function ringSlot(index: u32, size: u32): u32 {
  return index & (size - 1);
}
