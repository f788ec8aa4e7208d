/**
 * Loss recovery: what each acknowledgment says about loss, when repairing begins and ends, and what may be sent in the
 * meantime. With SACK after RFC 6675, without after RFC 6582 (NewReno), with the window between the two ends of a recovery
 * after RFC 9937 (proportional rate reduction); after a timeout in slow start (RFC 5681, 3.1), in which what was SACKed is
 * not sent again.
 *
 * Without SACK each duplicate acknowledgment tells that one segment has arrived, though not which: it counts as SMSS octets
 * less on their way, and an acknowledgment that ends short of the recovery point tells that the next segment is lost too.
 *
 *            loss found                  acknowledged up to the recovery point
 *     open -------------> RECOVERING ------------------------------------------> open
 *       \                      | timeout                                          ^
 *        `-----------------> REPAIRING -------------------------------------------'
 *             timeout
 *
 * It neither keeps data nor timers nor sends: the connection does, and asks `room` and `next` before it sends, and tells
 * what it has sent.
 */
import { TcpOptions } from "../../wire/tcpoptions";
import { Congestion } from "./congestion";
import { DUPLICATES, Scoreboard } from "./scoreboard";
import { isAfter, isBefore } from "./sequence";

/** Nothing is known to be lost. */
export const OPEN: u32 = 0;
/** Fast recovery. */
export const RECOVERING: u32 = 1;
/** After a timeout. */
export const REPAIRING: u32 = 2;

export class LossRecovery {
  readonly scoreboard: Scoreboard = new Scoreboard();
  /** OPEN, RECOVERING or REPAIRING. */
  state: u32 = OPEN;
  /** First octet of what `next` says to send again, and how many octets. */
  nextLeft: u32 = 0;
  nextLength: u32 = 0;

  private sack: bool = false;
  /** "RecoveryPoint": SND.NXT when recovery began, or when the timeout passed. */
  private point: u32 = 0;
  /** Duplicate acknowledgments in a row. */
  private duplicates: u32 = 0;
  /** Whether cwnd was what held us back when we last sent something. */
  private limited: bool = false;
  /** What `next` gave is the rescue retransmission. */
  private rescue: bool = false;

  /** RFC 9937: RecoverFS, prr_delivered and prr_out. */
  private recoverFlight: u32 = 0;
  private prrDelivered: u32 = 0;
  private prrOut: u32 = 0;

  constructor(readonly congestion: Congestion) {}

  /**
   * The connection is established.
   * @param una SND.UNA; @param mss SMSS: octets of data in a full segment; @param sack whether both sides permit SACK
   * @param cautious whether a SYN had to be sent again: "IW MUST be set to [...] 1 SMSS" (RFC 5681, 3.1)
   */
  start(una: u32, mss: u32, sack: bool, cautious: bool): void {
    this.congestion.start(mss);
    if (cautious) this.congestion.window = mss;
    this.sack = sack;
    this.point = una - 1;
    this.scoreboard.reset(una);
  }

  /** Gives its memory back. */
  release(): void {
    this.scoreboard.reset(this.scoreboard.acknowledged);
  }

  /** "pipe": octets on their way. @param nxt SND.NXT */
  pipe(nxt: u32): u32 {
    const pipe = this.scoreboard.pipe(nxt);
    if (this.sack || this.duplicates == 0) return pipe;
    const arrived = this.duplicates * this.congestion.mss;
    return pipe > arrived ? pipe - arrived : 0;
  }

  /** Octets that cwnd lets be sent now, new ones or again. @param nxt SND.NXT */
  room(nxt: u32): u32 {
    const pipe = this.pipe(nxt);
    const window = this.congestion.window;
    return window > pipe ? window - pipe : 0;
  }

  /**
   * Whether something is to be sent again before anything new: "NextSeg ()". Then it is `nextLength` octets from `nextLeft`
   * on, of which a part may be sent, to be told to `resent`.
   * @param nxt SND.NXT; @param most octets to send at once; @param fresh whether there is new data that may be sent
   */
  next(nxt: u32, most: u32, fresh: bool): bool {
    if (this.state == OPEN) return false;
    const board = this.scoreboard;
    this.rescue = false;
    let found = board.nextLost(most);
    if (!found) {
      if (fresh || !this.sack || this.state == REPAIRING) return false;
      found = board.nextUncertain(most);
      if (!found) {
        found = board.nextRescue(nxt, most);
        this.rescue = found;
      }
    }
    this.nextLeft = board.nextLeft;
    this.nextLength = board.nextLength;
    return found;
  }

  /** What `next` gave was sent again, its first `length` octets. @param nxt SND.NXT */
  resent(length: u32, nxt: u32): void {
    if (this.rescue) this.scoreboard.rescue();
    else this.scoreboard.resent(length, nxt);
    this.sent(length, nxt);
  }

  /** New data was sent. @param length octets; @param nxt SND.NXT behind it */
  sent(length: u32, nxt: u32): void {
    this.prrOut += length;
    const pipe = this.pipe(nxt);
    const congestion = this.congestion;
    // RFC 9438, 5.8. In slow start a half used window is used: it has doubled.
    this.limited =
      pipe + congestion.mss > congestion.window || (congestion.isSlowStart && pipe * 2 > congestion.window);
  }

  /**
   * An acceptable acknowledgment came: SND.UNA =< SEG.ACK =< SND.NXT.
   * @param ack SEG.ACK; @param nxt SND.NXT; @param duplicate whether it is a duplicate as RFC 5681 defines it: no data, the
   *   same window, no SYN or FIN, while something is outstanding
   * @param options of the segment; @param now ns; @param rtt SRTT in ns
   * @returns whether recovery began with it
   */
  acknowledge(ack: u32, nxt: u32, duplicate: bool, options: TcpOptions, now: u64, rtt: u64): bool {
    const board = this.scoreboard;
    const before = board.acknowledged;
    const sacked = board.octets;
    const lost = board.lostBefore;
    const flight = nxt - before;
    const octets = ack - before;
    if (octets != 0) board.acknowledge(ack);
    if (this.sack && (options.sackCount != 0 || !board.isEmpty)) {
      for (let i: u32 = 0; i < options.sackCount; i++) board.report(options.sackLeft(i), options.sackRight(i), nxt);
    }
    board.update(this.congestion.mss);
    // SACKed octets that are now acknowledged were delivered before.
    let delivered = octets + board.octets - sacked;
    // With SACK a duplicate is what brings news of data that has arrived (RFC 6675, 2).
    if (octets != 0) delivered = this.advance(ack, delivered);
    else if (this.sack) this.duplicates += delivered != 0 ? 1 : 0;
    else if (duplicate) {
      this.duplicates++;
      delivered = this.congestion.mss;
    }

    if (this.state != OPEN && !isBefore(ack, this.point)) this.finish();
    if (this.state == OPEN) {
      if (this.isLoss(ack)) {
        this.begin(ack, nxt, flight - sacked, now);
        this.reduce(delivered, nxt, false);
        return true;
      }
      // So that it stays comparable, however long nothing is lost.
      if (isAfter(ack, this.point)) this.point = ack - 1;
      if (octets != 0 && this.limited) this.congestion.acknowledged(delivered, now, rtt);
    } else if (this.state == RECOVERING) {
      if (this.sack) board.findLostAgain(this.congestion.mss);
      const safe = octets != 0 && board.lostBefore == lost;
      this.reduce(delivered, nxt, safe);
    } else if (this.sack ? delivered != 0 : octets != 0) this.congestion.acknowledged(delivered, now, rtt);
    return false;
  }

  /** The retransmission timeout passed: everything that was not SACKed counts as lost. @param nxt SND.NXT */
  timeOut(nxt: u32, now: u64): void {
    this.congestion.timedOut(this.flightSize(nxt), this.state != REPAIRING, now);
    this.repair(nxt);
  }

  /**
   * The path's MTU became smaller, and what is on its way too large for it: all of it counts as lost, without congestion
   * being to blame. @param mss SMSS; @param nxt SND.NXT
   */
  resize(mss: u32, nxt: u32): void {
    this.congestion.mss = mss;
    this.repair(nxt);
  }

  /** Everything that was not SACKed is to be sent again. */
  private repair(nxt: u32): void {
    const board = this.scoreboard;
    // The peer has thrown away what it had SACKed: "the data receiver is permitted to discard data" (RFC 2018, 8).
    if (board.isReneged) board.reset(board.acknowledged);
    this.state = REPAIRING;
    this.point = nxt;
    this.duplicates = 0;
    board.begin();
    board.lose(nxt);
  }

  /** @param delivered octets that are acknowledged now @returns those of them that no duplicate had told of */
  private advance(ack: u32, delivered: u32): u32 {
    if (this.sack) {
      this.duplicates = 0;
      return delivered;
    }
    // RFC 6582, 3.2, (3): a partial acknowledgment: "retransmit the first unacknowledged segment".
    const mss = this.congestion.mss;
    if (this.state == RECOVERING && isBefore(ack, this.point)) this.scoreboard.lose(ack + mss);
    // The first of the acknowledged segments is the one that had been missing, at least.
    const told = this.state == OPEN ? this.duplicates : min(max(delivered / mss, 1) - 1, this.duplicates);
    this.duplicates -= told;
    return max(delivered, told * mss) - told * mss;
  }

  /** Whether loss is to be repaired that is not yet. */
  private isLoss(ack: u32): bool {
    const board = this.scoreboard;
    if (this.sack && isAfter(board.lostBefore, ack)) return true;
    if (this.duplicates < DUPLICATES) return false;
    // RFC 6582, 3.2, (2): duplicates of what a recovery has ended with may be answers to what it sent needlessly.
    if (!this.sack && !isAfter(ack, this.point)) return false;
    return true;
  }

  private begin(ack: u32, nxt: u32, flight: u32, now: u64): void {
    const board = this.scoreboard;
    this.state = RECOVERING;
    this.point = nxt;
    this.recoverFlight = flight;
    this.prrDelivered = 0;
    this.prrOut = 0;
    board.begin();
    board.lose(ack + min(this.congestion.mss, nxt - ack));
    this.congestion.lost(this.flightSize(nxt), now);
  }

  /**
   * FlightSize as congestion control is to know it: cwnd, unless there was less to send. What limited transmit has sent
   * "MUST NOT be included in this calculation" (RFC 5681, 3.2, 2), and what several acknowledgments in one step have freed
   * was in use.
   */
  private flightSize(nxt: u32): u32 {
    const window = this.congestion.window;
    return this.limited ? window : min(nxt - this.scoreboard.acknowledged, window);
  }

  private finish(): void {
    if (this.state == RECOVERING) this.congestion.window = this.congestion.threshold;
    this.state = OPEN;
    this.duplicates = 0;
  }

  /**
   * RFC 9937, 6.2: sets cwnd for the rest of a recovery.
   * @param delivered DeliveredData; @param safe SafeACK
   */
  private reduce(delivered: u32, nxt: u32, safe: bool): void {
    if (delivered == 0 && this.prrOut != 0) return;
    const congestion = this.congestion;
    const threshold = congestion.threshold;
    const pipe = this.pipe(nxt);
    this.prrDelivered += delivered;
    const mss = congestion.mss;
    const out = this.prrOut;
    let count: u32;
    if (pipe > threshold) {
      const flight = max(this.recoverFlight, 1);
      const share = (((this.prrDelivered as u64) * threshold + flight - 1) / flight) as u32;
      count = share > out ? share - out : 0;
    } else {
      count = max(this.prrDelivered > out ? this.prrDelivered - out : 0, delivered);
      if (safe) count += mss;
      count = min(count, threshold - pipe);
    }
    // "Force a fast retransmit upon entering recovery."
    if (out == 0) count = max(count, mss);
    congestion.window = pipe + count;
  }
}
