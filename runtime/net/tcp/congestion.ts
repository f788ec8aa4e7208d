/**
 * What decides how much may be on its way: congestion control (RFC 5681). Sizes are in octets.
 *
 * What is lost, and when recovery from it begins and ends, is recovery.ts's to find out; the algorithms here are told.
 */

/** cwnd and ssthresh never pass this: no receiver's window does (RFC 7323, 2.3). */
export const WINDOW_MAX: u32 = 1 << 30;

export abstract class Congestion {
  /** cwnd. */
  window: u32 = 0;
  /** ssthresh: "The initial value of ssthresh SHOULD be set arbitrarily high". */
  threshold: u32 = WINDOW_MAX;
  /** SMSS. */
  mss: u32 = 0;

  /** Sets out. @param mss SMSS: the most data octets of a segment that we send */
  start(mss: u32): void {
    this.mss = mss;
    this.window = this.initialWindow();
  }

  /** IW of RFC 6928, 2: "min (10*MSS, max (2*MSS, 14600))". */
  initialWindow(): u32 {
    const mss = this.mss;
    return min(10 * mss, max(2 * mss, 14600));
  }

  /** "The slow start algorithm is used when cwnd < ssthresh." */
  get isSlowStart(): bool {
    return this.window < this.threshold;
  }

  /** What ssthresh becomes: "max (FlightSize / 2, 2*SMSS)" (4), with the algorithm's own factor in place of the half. */
  protected reduced(octets: u32): u32 {
    return max(octets, 2 * this.mss);
  }

  /**
   * Slow start, up to ssthresh. RFC 5681 adds at most SMSS for each acknowledgment, of which one for each second segment
   * comes; what coalesces segments on receiving acknowledges dozens at once. So all octets count (RFC 3465 without its L):
   * cwnd doubles each round trip, whoever receives.
   * @returns octets left for congestion avoidance
   */
  protected slowStart(octets: u32): u32 {
    const share = min(octets, this.threshold - this.window);
    this.grow(share);
    return octets - share;
  }

  /** Sets cwnd within its bounds. */
  protected grow(octets: u32): void {
    this.window = min(this.window + octets, WINDOW_MAX);
  }

  /**
   * An acknowledgment of new data came outside of recovery, and cwnd was what held the sender back (RFC 9438, 5.8;
   * RFC 7661).
   * @param octets newly acknowledged; @param now ns on `now`'s clock; @param rtt SRTT in ns
   */
  abstract acknowledged(octets: u32, now: u64, rtt: u64): void;

  /**
   * Loss was found, and recovery from it begins: sets cwnd and ssthresh to what is bearable.
   * @param flight FlightSize: octets sent and not acknowledged, at most cwnd
   */
  abstract lost(flight: u32, now: u64): void;

  /**
   * The retransmission timeout passed. cwnd becomes "the loss window, LW, which equals 1 full-sized segment".
   * @param first whether the segment was not sent again by the timeout before: "when a TCP sender detects segment loss
   *   using the retransmission timer and the given segment has already been retransmitted [...] the value of ssthresh is
   *   held constant" (RFC 5681, 3.1)
   */
  abstract timedOut(flight: u32, first: bool, now: u64): void;

  /**
   * Nothing was sent for longer than RTO: "TCP SHOULD set cwnd to no more than RW before transmission begins", "RW =
   * min(IW,cwnd)" (RFC 5681, 4.1).
   */
  restart(): void {
    this.window = min(this.window, this.initialWindow());
  }
}
