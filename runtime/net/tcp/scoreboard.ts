/**
 * What a SACK sender knows of the segments that are on their way (RFC 6675): which octets the peer has reported, which
 * are lost, which were sent again. The names in quotes are the RFC's.
 *
 *     SND.UNA            right edges: SACKed                  highest SACKed                SND.NXT
 *       |  lost  | SACKed |   lost   | SACKed | not lost yet | SACKed |    not lost yet      |
 *                                    ^ "HighRxt" somewhere            ^ lostBefore is a left edge
 *
 * An octet is lost that is not SACKed and has enough SACKed above it: so all such octets before one number are lost,
 * `lostBefore`, and none behind it. That makes each question one of a few ranges, and none of all segments.
 */
import { Ranges } from "./ranges";
import { earlier, isBefore, later } from "./sequence";

/** "DupThresh" (RFC 5681: three duplicate acknowledgments). */
export const DUPLICATES: u32 = 3;
/**
 * Most ranges that are remembered, 8 octets each. At 1 % of loss that is enough for 25,000 segments on their way. What else
 * is reported is as if it had not been, and at worst sent twice.
 */
const RANGES_MAX: u32 = 256;

export class Scoreboard extends Ranges {
  /** "HighACK": SND.UNA. */
  acknowledged: u32 = 0;
  /** All un-SACKed octets before this number are lost, and none behind it: IsLost of the RFC. */
  lostBefore: u32 = 0;
  /** "HighRxt": the number behind the last octet that was sent again in this recovery. */
  resentBefore: u32 = 0;
  /** Where `next` found something to send: its first number, and how many. */
  nextLeft: u32 = 0;
  nextLength: u32 = 0;

  /** SACKed octets behind lostBefore. */
  private sackedBehind: u32 = 0;
  /** SND.NXT when something was last sent again: what lies behind was sent after it. */
  private resentAt: u32 = 0;
  /** "RescueRxt": whether the one rescue retransmission was sent in this recovery. */
  private rescued: bool = false;

  /** A set of what is SACKed. */
  constructor() {
    super(RANGES_MAX);
  }

  /** Whether the peer has reported anything that it has not acknowledged. */
  get isEmpty(): bool {
    return this.count == 0;
  }

  /** Whether the peer has SACKed the next octet that it waits for, which it no longer can have. */
  get isReneged(): bool {
    return this.count != 0 && this.left(0) == this.acknowledged;
  }

  /** The number behind the highest SACKed octet; SND.UNA without. */
  get highest(): u32 {
    const count = this.count;
    return count == 0 ? this.acknowledged : this.right(count - 1);
  }

  /** Sets out, or forgets everything: SND.UNA. The peer "MAY discard data that it has SACKed": after a timeout too (5.1). */
  reset(una: u32): void {
    this.clear();
    this.acknowledged = una;
    this.lostBefore = una;
    this.sackedBehind = 0;
    this.begin();
  }

  /** Recovery begins: nothing was sent again in it yet. */
  begin(): void {
    this.resentBefore = this.acknowledged;
    this.rescued = false;
  }

  /** Everything before SND.UNA is acknowledged. Before the same acknowledgment's SACK blocks, then `update`. */
  acknowledge(una: u32): void {
    this.acknowledged = una;
    this.removeBefore(una);
    this.resentBefore = later(this.resentBefore, una);
  }

  /**
   * One block of a SACK option.
   * @param left its first number; @param right the number behind its last, both as hostile as they come
   * @param sentBefore the number behind the last that was ever sent
   */
  report(left: u32, right: u32, sentBefore: u32): void {
    // A block at or below SND.UNA reports a duplicate (RFC 2883, 4); all else must be what we have sent.
    const outstanding = sentBefore - this.acknowledged;
    if (left - this.acknowledged >= outstanding || right - this.acknowledged > outstanding) return;
    if (!isBefore(left, right)) return;
    this.add(left, right);
  }

  /** Finds out what is lost, after acknowledge and report: "Update ()" and "IsLost ()". @param mss SMSS */
  update(mss: u32): void {
    // "either DupThresh discontiguous SACKed sequences have arrived above 'SeqNum' or more than (DupThresh - 1) * SMSS bytes
    // with sequence numbers greater than 'SeqNum' have been SACKed."
    let behind: u32 = 0;
    let index = this.count;
    while (index > 0) {
      index--;
      const left = this.left(index);
      behind += this.right(index) - left;
      if (this.count - index < DUPLICATES && behind <= (DUPLICATES - 1) * mss) continue;
      this.lostBefore = later(left, this.lostBefore);
      break;
    }
    // What was found lost stays so, also where the range above it has grown or is gone.
    this.lostBefore = later(this.lostBefore, this.acknowledged);
    this.sackedBehind = this.octets - this.sackedBefore(this.lostBefore);
  }

  /** Without SACK three duplicate acknowledgments say it: the first segment is lost, and after a timeout all of them. */
  lose(before: u32): void {
    this.lostBefore = later(this.lostBefore, before);
    this.sackedBehind = this.octets - this.sackedBefore(this.lostBefore);
  }

  /** "SetPipe ()": octets that are on their way as far as we know. @param sentBefore SND.NXT */
  pipe(sentBefore: u32): u32 {
    // "(a) If IsLost (S1) returns false: Pipe is incremented by 1 octet." All behind lostBefore but what is SACKed.
    let pipe = sentBefore - this.lostBefore - this.sackedBehind;
    // "(b) If S1 <= HighRxt: Pipe is incremented by 1 octet."
    const resent = this.resentBefore;
    if (resent != this.acknowledged) pipe += resent - this.acknowledged - this.sackedBefore(resent);
    return pipe;
  }

  /**
   * Rule (1) of "NextSeg ()": "the smallest unSACKed sequence number 'S2'" that is lost and was not sent again.
   * @param mss SMSS; @returns whether there is one: nextLeft, nextLength
   */
  nextLost(mss: u32): bool {
    return this.nextHole(this.lostBefore, mss);
  }

  /** Rule (3): as nextLost, though it is not lost by all we know, only below what is SACKed. */
  nextUncertain(mss: u32): bool {
    return this.nextHole(this.highest, mss);
  }

  /**
   * Rule (4), once in a recovery: "If the conditions for rules (1), (2), and (3) fail, but there exists outstanding unSACKed
   * data", its last segment, so that acknowledgments keep coming. @param sentBefore SND.NXT
   */
  nextRescue(sentBefore: u32, mss: u32): bool {
    const highest = this.highest;
    if (this.rescued || !isBefore(highest, sentBefore)) return false;
    this.nextLength = min(mss, sentBefore - highest);
    this.nextLeft = sentBefore - this.nextLength;
    return true;
  }

  /**
   * Finds out whether what was sent again is lost again, which RFC 6675 leaves to the timeout: where as much that was sent
   * after it has arrived as proves loss otherwise, it is overdue. Then all that is still missing is to be sent once more.
   * (The idea is RFC 8985's, with the order of sequence numbers in place of times.)
   */
  findLostAgain(mss: u32): void {
    const at = this.resentAt;
    if (this.resentBefore == this.acknowledged || !isBefore(at + (DUPLICATES - 1) * mss, this.highest)) return;
    if (this.octets - this.sackedBefore(at) > (DUPLICATES - 1) * mss) this.resentBefore = this.acknowledged;
  }

  /** What nextRescue gave was sent. */
  rescue(): void {
    this.rescued = true;
  }

  /** What nextLost or nextUncertain gave was sent, or its first `length` octets. @param sentBefore SND.NXT */
  resent(length: u32, sentBefore: u32): void {
    this.resentBefore = later(this.resentBefore, this.nextLeft + length);
    this.resentAt = sentBefore;
  }

  /** The first un-SACKed octets from HighRxt on, before a number. */
  private nextHole(before: u32, mss: u32): bool {
    let left = this.resentBefore;
    const index = this.find(left);
    let right = before;
    if (index < this.count) {
      if (!isBefore(left, this.left(index))) {
        left = this.right(index);
        if (index + 1 < this.count) right = earlier(before, this.left(index + 1));
      } else right = earlier(before, this.left(index));
    }
    if (!isBefore(left, right)) return false;
    this.nextLeft = left;
    this.nextLength = min(mss, right - left);
    return true;
  }

  /** SACKed octets before a number. */
  private sackedBefore(number: u32): u32 {
    let octets: u32 = 0;
    for (let i: u32 = 0; i < this.count; i++) {
      const left = this.left(i);
      if (!isBefore(left, number)) break;
      octets += earlier(this.right(i), number) - left;
    }
    return octets;
  }
}
