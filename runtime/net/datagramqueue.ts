/**
 * The receive queue of a socket: datagrams, each with its sender, in one block of memory that is made once.
 *
 * Records stand one behind the other and wrap around at the block's end; none is split, so what is left there may stay
 * unused, marked as such:
 *
 *      0        4        8        12       16
 *     |length  |address |port    |local   |octets ..., up to a multiple of 4
 */
import { Ipv4Address } from "../wire/ipv4address";

const LENGTH: usize = 0;
const ADDRESS: usize = 4;
const PORT: usize = 8;
const LOCAL: usize = 12;
const OCTETS: usize = 16;
/** In place of a length: the next record is at the block's beginning. */
const WRAP: u32 = 0xffffffff;

export class DatagramQueue {
  private block: usize;
  /** Offset of the oldest record. */
  private head: u32 = 0;
  /** Offset behind the latest record. */
  private tail: u32 = 0;
  private count: u32 = 0;

  /** @param size the block's size in octets, a multiple of 4 */
  constructor(private size: u32) {
    this.block = heap.alloc(size);
  }

  /** Gives the block back. The queue must not be used any more. */
  release(): void {
    heap.free(this.block);
    this.count = 0;
  }

  get empty(): bool {
    return this.count == 0;
  }

  /**
   * Appends a datagram.
   * @param local to which address of ours it was sent
   * @returns false when there is no room for it
   */
  push(address: Ipv4Address, port: u32, local: Ipv4Address, ptr: usize, length: u32): bool {
    const need = <u32>OCTETS + ((length + 3) & ~3);
    const tail = this.place(need);
    if (tail < 0) return false;
    const record = this.block + tail;
    store<u32>(record, length, LENGTH);
    store<u32>(record, address, ADDRESS);
    store<u32>(record, port, PORT);
    store<u32>(record, local, LOCAL);
    memory.copy(record + OCTETS, ptr, length);
    this.tail = tail + need;
    this.count++;
    return true;
  }

  /** Octets of the oldest datagram. The queue must not be empty; the same holds below. */
  get length(): u32 {
    return load<u32>(this.front, LENGTH);
  }

  get address(): Ipv4Address {
    return load<u32>(this.front, ADDRESS);
  }

  get port(): u32 {
    return load<u32>(this.front, PORT);
  }

  get local(): Ipv4Address {
    return load<u32>(this.front, LOCAL);
  }

  /** Address of the oldest datagram's octets. */
  get octets(): usize {
    return this.front + OCTETS;
  }

  /** Removes the oldest datagram. */
  shift(): void {
    this.head += <u32>OCTETS + ((this.length + 3) & ~3);
    this.count--;
    if (this.count == 0) this.head = this.tail = 0;
    else if (this.head == this.size || load<u32>(this.block + this.head, LENGTH) == WRAP) this.head = 0;
  }

  private get front(): usize {
    return this.block + this.head;
  }

  /** Finds room for a record of `need` octets behind the latest. @returns its offset, or -1 */
  private place(need: u32): i32 {
    const tail = this.tail;
    if (tail > this.head || this.count == 0) {
      if (need <= this.size - tail) return tail;
      if (need > this.head) return -1;
      // Offsets are multiples of 4: either there is room for the mark, or the tail is the end.
      if (tail < this.size) store<u32>(this.block + tail, WRAP, LENGTH);
      return 0;
    }
    return need <= this.head - tail ? tail : -1;
  }
}
