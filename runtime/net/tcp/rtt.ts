/**
 * The round-trip time and the retransmission timeout that follows from it (RFC 6298).
 *
 * Samples come from two sources. One segment at a time is timed on `now`'s clock, never one that is sent again (Karn's
 * algorithm, 3). Where that gives nothing, as while loss is being repaired, timestamps do, in their coarser clock (RFC
 * 7323, 4.1), which also tell to which of several transmissions an acknowledgment belongs.
 */
import { isAfter } from "./sequence";

const MS: u64 = 1000000;
/** (2.1): "Until a round-trip time measurement has been made [...], the sender SHOULD set RTO <- 1 second". */
export const RTO_INITIAL: u64 = 1000 * MS;
/**
 * (2.4) would have one second, which was meant for clocks that tick each 500 ms and would make each loss that only the
 * timeout repairs as dear as fifty round trips. Linux and the BSDs wait 200 ms, longer than anybody delays an acknowledgment.
 */
export const RTO_MIN: u64 = 200 * MS;
/** (2.5): "A maximum value MAY be placed on RTO provided it is at least 60 seconds." */
export const RTO_MAX: u64 = 60000 * MS;
/** (5.7): what a connection starts to send data with when its SYN had to be sent again. */
const RTO_AFTER_SYN: u64 = 3000 * MS;
/** G, the clock granularity: of a step of the image, at most. */
const GRANULARITY: u64 = MS;

export class RoundTrip {
  /** SRTT and RTTVAR in ns; 0 before the first sample. */
  smoothed: u64 = 0;
  variation: u64 = 0;
  /** The least sample, in ns; u64's maximum before the first. */
  least: u64 = u64.MAX_VALUE;
  /** The latest sample, in ns. */
  latest: u64 = 0;
  /** RTO, in ns, with its backing off. */
  timeout: u64 = RTO_INITIAL;

  private timing: bool = false;
  private timedEnd: u32 = 0;
  private timedSince: u64 = 0;

  /** Times a segment, unless another one is being timed. @param end the sequence number behind it */
  sent(end: u32, now: u64): void {
    if (this.timing) return;
    this.timing = true;
    this.timedEnd = end;
    this.timedSince = now;
  }

  /** Something was sent again: what is being timed is of no use, as its acknowledgment may wait for that. */
  resent(): void {
    this.timing = false;
  }

  /**
   * An acknowledgment of new data has come.
   * @param ack its number; @param flight octets that were outstanding before; @param mss the segments' size
   * @param echoed ns since the time that its TSecr tells, or 0 without
   * @returns whether there was a sample: `latest`
   */
  acknowledged(ack: u32, now: u64, flight: u32, mss: u32, echoed: u64): bool {
    if (this.timing && !isAfter(this.timedEnd, ack)) {
      this.timing = false;
      this.sample(now - this.timedSince, 1);
      return true;
    }
    if (this.timing || echoed == 0) return false;
    // RFC 7323, appendix G: several samples a round trip count together as much as one. ExpectedSamples = ceiling(FlightSize
    // / (SMSS * 2)).
    this.sample(echoed, max<u64>((flight + 2 * mss - 1) / (2 * mss), 1));
    return true;
  }

  /** (2.2) and (2.3). @param rtt ns; @param share how many such samples a round trip has */
  private sample(rtt: u64, share: u64): void {
    this.latest = rtt;
    if (rtt < this.least) this.least = rtt;
    if (this.smoothed == 0) {
      this.smoothed = max<u64>(rtt, 1);
      this.variation = rtt / 2;
    } else {
      const smoothed = this.smoothed;
      const difference = smoothed > rtt ? smoothed - rtt : rtt - smoothed;
      // RTTVAR <- (1 - beta) * RTTVAR + beta * |SRTT - R'|, beta = 1/4; SRTT <- (1 - alpha) * SRTT + alpha * R', alpha = 1/8
      const beta = 4 * share;
      const alpha = 8 * share;
      this.variation = this.variation - this.variation / beta + difference / beta;
      this.smoothed = max<u64>(smoothed - smoothed / alpha + rtt / alpha, 1);
    }
    const timeout = this.smoothed + max(GRANULARITY, 4 * this.variation);
    this.timeout = min(max(timeout, RTO_MIN), RTO_MAX);
  }

  /** (5.5): "The host MUST set RTO <- RTO * 2 ("back off the timer")." */
  backOff(): void {
    this.timing = false;
    this.timeout = min(this.timeout * 2, RTO_MAX);
  }

  /** (5.7): the three-way handshake is through, for which the SYN was sent more than once. */
  restart(): void {
    if (this.smoothed == 0) this.timeout = RTO_AFTER_SYN;
  }
}
