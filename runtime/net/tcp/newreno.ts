/** The congestion control of RFC 5681, also called Reno; with recovery.ts's partial acknowledgments, NewReno (RFC 6582). */
import { Congestion } from "./congestion";

export class NewReno extends Congestion {
  /** Octets acknowledged since cwnd last grew in congestion avoidance. */
  private counted: u32 = 0;

  acknowledged(octets: u32, _now: u64, _rtt: u64): void {
    if (this.isSlowStart) {
      octets = this.slowStart(octets);
      if (octets == 0) return;
    }
    // "cwnd is incremented by roughly 1 full-sized segment per round-trip time", by counting octets (RFC 3465, 2.1).
    this.counted += octets;
    if (this.counted < this.window) return;
    this.counted -= this.window;
    this.grow(this.mss);
  }

  lost(flight: u32, _now: u64): void {
    // "ssthresh = max (FlightSize / 2, 2*SMSS)" (4)
    this.threshold = this.reduced(flight / 2);
    this.window = this.threshold;
    this.counted = 0;
  }

  timedOut(flight: u32, first: bool, _now: u64): void {
    if (first) this.threshold = this.reduced(flight / 2);
    this.window = this.mss;
    this.counted = 0;
  }
}
