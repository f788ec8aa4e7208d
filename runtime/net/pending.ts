/**
 * Packets that wait until the address of their next hop is known: short queues in a fixed pool of slots.
 *
 *      0        4        8
 *     |next    |length  |octets ...
 */

const NEXT: usize = 0;
const LENGTH: usize = 4;
const PACKET: usize = 8;
/** Packets in all queues together, as long as their octets are few: a larger MTU makes them fewer. */
const SLOTS: u32 = 64;
const SLOTS_MIN: u32 = 8;
const OCTETS: u32 = 96 * 1024;

/** The queue of one next hop. Empty when new. */
export class PendingQueue {
  /** Slots, linked from the oldest to the latest. */
  first: usize = 0;
  last: usize = 0;
  count: u32 = 0;
}

export class PendingPool {
  /** Slots that were given back. */
  private free: usize = 0;
  /** Slots that were never taken lie from here to the end: nothing of them was written, so the host has no memory of them. */
  private fresh: usize;
  private end: usize;
  private slot: u32;
  /**
   * Packets in one queue. RFC 1122, 2.3.2.2 asks for at least one, the latest; here all fragments of the largest datagram
   * can wait, over a usual Ethernet 45, since any that is missing makes the others useless.
   */
  private queueMax: u32;

  /** @param size most octets of a packet */
  constructor(private size: u32) {
    const count = min(max(OCTETS / size, SLOTS_MIN), SLOTS);
    const slot = (<u32>PACKET + size + 3) & ~3;
    this.slot = slot;
    this.queueMax = count - (count >> 2);
    this.fresh = heap.alloc(count * slot);
    this.end = this.fresh + count * slot;
  }

  /**
   * Appends a copy of a packet; a full queue loses its oldest one.
   * @returns the number of packets lost: the queue's oldest, and this one when the whole pool is full, or when the host was
   *   to cut it into segments, for which there is no room here
   */
  push(queue: PendingQueue, ptr: usize, length: u32): i32 {
    let lost = 0;
    if (queue.count == this.queueMax) {
      this.shift(queue);
      lost = 1;
    }
    if (length > this.size) return lost + 1;
    let slot = this.free;
    if (slot) this.free = load<usize>(slot, NEXT);
    else {
      slot = this.fresh;
      if (slot == this.end) return lost + 1;
      this.fresh = slot + this.slot;
    }
    store<u32>(slot, length, LENGTH);
    memory.copy(slot + PACKET, ptr, length);
    if (queue.count == 0) queue.first = slot;
    else store<usize>(queue.last, slot, NEXT);
    queue.last = slot;
    queue.count++;
    return lost;
  }

  /** The address of a queue's oldest packet. The queue must not be empty; the same holds below. */
  front(queue: PendingQueue): usize {
    return queue.first + PACKET;
  }

  /** The length of a queue's oldest packet in octets. */
  frontLength(queue: PendingQueue): u32 {
    return load<u32>(queue.first, LENGTH);
  }

  /** Removes a queue's oldest packet. */
  shift(queue: PendingQueue): void {
    const slot = queue.first;
    queue.first = load<usize>(slot, NEXT);
    queue.count--;
    store<usize>(slot, this.free, NEXT);
    this.free = slot;
  }

  /** Empties a queue. @returns the number of packets lost */
  clear(queue: PendingQueue): i32 {
    const lost = queue.count;
    while (queue.count > 0) this.shift(queue);
    return lost;
  }
}
