/** Packets that wait until the address of their next hop is known: short queues in a fixed pool of buffers. */

/** Packets in all queues together. */
const SLOTS: i32 = 32;
/** Packets in one queue. RFC 1122, 2.3.2.2 asks for at least one, the latest. */
const QUEUE_MAX: i32 = 8;
/** No slot. */
const NONE: i32 = -1;

/** The queue of one next hop. Empty when new. */
export class PendingQueue {
  /** Slots, linked from the oldest to the latest. */
  first: i32 = NONE;
  last: i32 = NONE;
  count: i32 = 0;
}

export class PendingPool {
  private buffers: usize;
  private lengths: StaticArray<u32> = new StaticArray<u32>(SLOTS);
  /** The slot after this one in its queue or in the free list. */
  private links: StaticArray<i32> = new StaticArray<i32>(SLOTS);
  private free: i32 = 0;

  /** @param size most octets of a packet */
  constructor(private size: u32) {
    this.buffers = heap.alloc(size * SLOTS);
    for (let i = 0; i < SLOTS; i++) this.links[i] = i + 1 < SLOTS ? i + 1 : NONE;
  }

  /**
   * Appends a copy of a packet; a full queue loses its oldest one.
   * @returns the number of packets lost: the queue's oldest, and this one when the whole pool is full, or when the host was
   *   to cut it into segments, for which there is no room here
   */
  push(queue: PendingQueue, ptr: usize, length: u32): i32 {
    let lost = 0;
    if (queue.count == QUEUE_MAX) {
      this.shift(queue);
      lost = 1;
    }
    const slot = this.free;
    if (slot == NONE || length > this.size) return lost + 1;
    this.free = this.links[slot];
    memory.copy(this.buffers + slot * this.size, ptr, length);
    this.lengths[slot] = length;
    if (queue.count == 0) queue.first = slot;
    else this.links[queue.last] = slot;
    queue.last = slot;
    queue.count++;
    return lost;
  }

  /** The address of a queue's oldest packet. The queue must not be empty; the same holds below. */
  front(queue: PendingQueue): usize {
    return this.buffers + queue.first * this.size;
  }

  /** The length of a queue's oldest packet in octets. */
  frontLength(queue: PendingQueue): u32 {
    return this.lengths[queue.first];
  }

  /** Removes a queue's oldest packet. */
  shift(queue: PendingQueue): void {
    const slot = queue.first;
    queue.first = this.links[slot];
    queue.count--;
    this.links[slot] = this.free;
    this.free = slot;
  }

  /** Empties a queue. @returns the number of packets lost */
  clear(queue: PendingQueue): i32 {
    const lost = queue.count;
    while (queue.count > 0) this.shift(queue);
    return lost;
  }
}
