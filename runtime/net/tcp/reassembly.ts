/**
 * What has arrived behind a gap (RFC 9293, 3.10.7.4), and how the peer is told of it (RFC 2018, RFC 2883). The data itself
 * lies in the receive buffer already, at its place; here is which of it.
 */
import { setElement } from "../../base/elements";
import { emitSack, emitSackBlock, SACK_BLOCKS_MAX } from "../../wire/tcpoptions";
import { Ranges } from "./ranges";
import { isBefore, isWithin } from "./sequence";

/** Most ranges behind gaps. A segment that would make one more is dropped, as if it had been lost; the peer sends it again. */
const RANGES_MAX: u32 = 128;

/** The blocks of the option that is being written: left edge, right edge, each. */
const blocks: usize = memory.data(32);

export class Reassembly extends Ranges {
  /** The last segments that came behind a gap, the latest first: any number in each. */
  private recent: StaticArray<u32> = new StaticArray<u32>(SACK_BLOCKS_MAX);
  private recentCount: u32 = 0;
  /** A range that came twice, until the peer was told (D-SACK). */
  private duplicateLeft: u32 = 0;
  private duplicateRight: u32 = 0;

  constructor() {
    super(RANGES_MAX);
  }

  /** Whether nothing lies behind a gap. */
  get isEmpty(): bool {
    return this.count == 0;
  }

  /**
   * A segment came behind a gap. @param left its first number; @param right the number behind its last octet
   * @returns whether its data may be kept
   */
  keep(left: u32, right: u32): bool {
    if (this.holds(left, right)) this.repeated(left, right);
    else if (!this.add(left, right)) return false;
    this.remember(left);
    return true;
  }

  /** A range that we had came again. @param left its first number; @param right the number behind its last octet */
  repeated(left: u32, right: u32): void {
    this.duplicateLeft = left;
    this.duplicateRight = right;
  }

  /**
   * Everything before `next` has arrived.
   * @returns up to where everything has arrived with what lay behind the gap: the new RCV.NXT
   */
  advance(next: u32): u32 {
    if (this.count == 0) return next;
    this.removeBefore(next);
    if (this.count != 0 && this.left(0) == next) {
      next = this.right(0);
      this.removeBefore(next);
    }
    if (this.count == 0) this.recentCount = 0;
    return next;
  }

  /** Whether an acknowledgment has anything to tell by a SACK option. */
  get hasNews(): bool {
    return this.count != 0 || this.duplicateLeft != this.duplicateRight;
  }

  /**
   * Writes a SACK option: first a range that came twice (RFC 2883, 4), then the range of the latest segment, then those of
   * the segments before it (RFC 2018, 4), so that each is told several times.
   * @param at where to; @param most blocks that there is room for, 1 to SACK_BLOCKS_MAX
   * @returns the address behind: `at` when there is nothing to tell
   */
  emit(at: usize, most: u32): usize {
    const count = this.collect(most);
    if (count == 0) return at;
    at = emitSack(at, count);
    for (let i: u32 = 0; i < count; i++) at = emitSackBlock(at, left(i), load<u32>(blocks + i * 8, 4));
    return at;
  }

  /** Forgets everything, and gives its memory back. */
  forget(): void {
    this.clear();
    this.recentCount = 0;
    this.duplicateLeft = this.duplicateRight;
  }

  /** Chooses the blocks. @returns how many */
  private collect(most: u32): u32 {
    let count: u32 = 0;
    if (this.duplicateLeft != this.duplicateRight) {
      count = put(0, this.duplicateLeft, this.duplicateRight);
      // "A given D-SACK block should be reported at most once" (RFC 2883, 4), by the rules of RFC 2018 about lost reports.
      this.duplicateLeft = this.duplicateRight;
    }
    const first = count;
    for (let i: u32 = 0; i < this.recentCount; i++) {
      const number = unchecked(this.recent[i]);
      const index = this.find(number);
      if (index == this.count || isBefore(number, this.left(index))) continue;
      count = this.choose(index, first, count, most);
    }
    // Room for more than the latest segments told of.
    for (let index = this.count; index > 0 && count < most; index--) count = this.choose(index - 1, first, count, most);
    return count;
  }

  /** Makes a range the next block, unless it is one or there is no room. @returns how many blocks there are */
  private choose(index: u32, first: u32, count: u32, most: u32): u32 {
    const edge = this.left(index);
    return count == most || isChosen(first, count, edge) ? count : put(count, edge, this.right(index));
  }

  /** Puts the latest segment before the others, in place of the one of the same range. */
  private remember(number: u32): void {
    const recent = this.recent;
    const index = this.find(number);
    const left = this.left(index);
    const size = this.right(index) - left;
    for (let i: u32 = 0; i < this.recentCount; i++) {
      const before = unchecked(recent[i]);
      setElement(recent, i, number);
      if (isWithin(before, left, size)) return;
      number = before;
    }
    if (this.recentCount < SACK_BLOCKS_MAX) setElement(recent, this.recentCount++, number);
  }
}

function left(index: u32): u32 {
  return load<u32>(blocks + index * 8);
}

function put(index: u32, left: u32, right: u32): u32 {
  store<u32>(blocks + index * 8, left);
  store<u32>(blocks + index * 8, right, 4);
  return index + 1;
}

/** Whether a range is one of the blocks already: two segments may have become one range since. */
function isChosen(from: u32, to: u32, edge: u32): bool {
  for (; from < to; from++) {
    if (left(from) == edge) return true;
  }
  return false;
}
