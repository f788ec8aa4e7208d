/**
 * A set of sequence numbers as disjoint ranges in their order, of which there is a greatest number: what a hostile peer
 * can make us remember, and search, is bounded.
 *
 *     memory   | left (4) | right (4) | left (4) | right (4) | ...      left is in the range, right the first behind it
 *
 * The memory is taken from the heap with the first range and given back with the last.
 */
import { isAfter, isBefore } from "./sequence";

const RANGE: u32 = 8;
/** Ranges that there is room for at first. */
const FIRST: u32 = 8;

export class Ranges {
  /** Ranges in the set. */
  count: u32 = 0;
  /** Sequence numbers in the set. */
  octets: u32 = 0;
  private memory: usize = 0;
  private room: u32 = 0;

  /** @param most ranges: FIRST times a power of two */
  constructor(private most: u32) {}

  /** First number of a range. @param index below `count` */
  left(index: u32): u32 {
    return load<u32>(this.memory + index * RANGE);
  }

  /** The number behind a range's last. @param index below `count` */
  right(index: u32): u32 {
    return load<u32>(this.memory + index * RANGE, 4);
  }

  /** Index of the first range that ends behind `number`, `count` if none does: the only one that can hold `number`. */
  find(number: u32): u32 {
    let low: u32 = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAfter(this.right(middle), number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether the set holds all of [left, right). */
  holds(left: u32, right: u32): bool {
    const index = this.find(left);
    return index < this.count && !isBefore(left, this.left(index)) && !isAfter(right, this.right(index));
  }

  /**
   * Adds [left, right), which is not empty.
   * @returns false, and nothing happens, when it would be one range too many
   */
  add(left: u32, right: u32): bool {
    // The ranges that it overlaps or touches become one with it: those from `from` up to `to`.
    const from = this.find(left - 1);
    let to = from;
    while (to < this.count && !isAfter(this.left(to), right)) {
      this.octets -= this.right(to) - this.left(to);
      to++;
    }
    if (to == from) {
      if (this.count == this.room && !this.widen()) return false;
    } else {
      if (isBefore(this.left(from), left)) left = this.left(from);
      if (isAfter(this.right(to - 1), right)) right = this.right(to - 1);
    }
    this.move(to, from + 1);
    const at = this.memory + from * RANGE;
    store<u32>(at, left);
    store<u32>(at, right, 4);
    this.octets += right - left;
    return true;
  }

  /** Removes all numbers before `number`. */
  removeBefore(number: u32): void {
    if (this.count == 0) return;
    const index = this.find(number);
    for (let i: u32 = 0; i < index; i++) this.octets -= this.right(i) - this.left(i);
    this.move(index, 0);
    if (this.count == 0) {
      this.clear();
      return;
    }
    const left = this.left(0);
    if (!isBefore(left, number)) return;
    this.octets -= number - left;
    store<u32>(this.memory, number);
  }

  /** Removes everything, and gives the memory back. */
  clear(): void {
    if (this.memory != 0) heap.free(this.memory);
    this.memory = 0;
    this.room = 0;
    this.count = 0;
    this.octets = 0;
  }

  /** Moves the ranges from one index on to another. */
  private move(from: u32, to: u32): void {
    if (from == to) return;
    memory.copy(this.memory + to * RANGE, this.memory + from * RANGE, (this.count - from) * RANGE);
    this.count = this.count + to - from;
  }

  /** Makes room for more ranges. */
  private widen(): bool {
    if (this.room == this.most) return false;
    this.room = this.room == 0 ? FIRST : this.room * 2;
    const wider = heap.alloc(this.room * RANGE);
    memory.copy(wider, this.memory, this.count * RANGE);
    if (this.memory != 0) heap.free(this.memory);
    this.memory = wider;
    return true;
  }
}
