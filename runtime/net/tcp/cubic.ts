/**
 * CUBIC (RFC 9438): the congestion control of Linux, Windows and macOS. In congestion avoidance cwnd follows a cubic function
 * of the time since the last loss: fast at first, slowly about where the loss was, then faster and faster; but never slower
 * than what RFC 5681's would have.
 *
 *     cwnd  |                              . '        W_cubic(t) = C * (t - K)^3 + W_max
 *     W_max |- - - - - .-----''''''-----'
 *           |      . '
 *           |   .'
 *           |  '
 *           +---------------- K ------------------> t
 *
 * The names are the RFC's. Windows are in segments here, and times in seconds, as C is.
 */
import { Congestion } from "./congestion";

/** "C SHOULD be set to 0.4", segments a second cubed. */
const C: f64 = 0.4;
/** "Principle 4 [...] SHOULD set it to 0.7." */
const BETA: f64 = 0.7;
/**
 * "alpha_cubic = 3 * (1 - beta_cubic) / (1 + beta_cubic)": then W_est grows as the average window of Reno does. It stays so where 4.3
 * has "alpha_cubic SHOULD be 1", as in RFC 8312 and Linux: else we would take a seventh more than the senders beside us (ADR 19).
 */
const ALPHA: f64 = (3 * (1 - BETA)) / (1 + BETA);
const SECOND: f64 = 1e9;

export class Cubic extends Congestion {
  private wMax: f64 = 0;
  private wEst: f64 = 0;
  /** K: seconds until W_cubic is W_max again. */
  private k: f64 = 0;
  /** When this congestion avoidance stage began, less the time in which there was nothing to send; 0: it has not. */
  private epoch: u64 = 0;
  /** When cwnd was last computed. */
  private latest: u64 = 0;
  /** What cwnd has grown by in parts of an octet. */
  private rest: f64 = 0;

  acknowledged(octets: u32, now: u64, rtt: u64): void {
    if (this.isSlowStart) {
      octets = this.slowStart(octets);
      if (octets == 0) return;
    }
    const mss = this.mss as f64;
    const cwnd = (this.window as f64) / mss;
    const segments = (octets as f64) / mss;
    this.follow(cwnd, now, rtt);
    const t = ((now - this.epoch) as f64) / SECOND;
    this.wEst += (ALPHA * segments) / cwnd;
    if (this.cubic(t) < this.wEst) {
      this.add((this.wEst - cwnd) * mss);
      return;
    }
    // 4.4 and 4.5: "cwnd MUST be incremented by (target - cwnd)/cwnd for each received new ACK", of a segment.
    const target = min(max(this.cubic(t + (rtt as f64) / SECOND), cwnd), 1.5 * cwnd);
    this.add(((target - cwnd) / cwnd) * segments * mss);
  }

  lost(flight: u32, _now: u64): void {
    this.decrease(flight);
    this.window = this.threshold;
  }

  timedOut(flight: u32, first: bool, _now: u64): void {
    if (first) this.decrease(flight);
    this.window = this.mss;
    // 4.8: "K is set to 0, and W_max is set to the congestion window size at the beginning of the current congestion avoidance
    // stage."
    this.wMax = 0;
  }

  /** 4.6 and 4.7. */
  private decrease(flight: u32): void {
    const cwnd = (flight as f64) / (this.mss as f64);
    // Fast convergence: "if cwnd < W_max and fast convergence is enabled, further reduce W_max".
    this.wMax = cwnd < this.wMax ? (cwnd * (1 + BETA)) / 2 : cwnd;
    this.threshold = this.reduced(((flight as f64) * BETA) as u32);
    this.epoch = 0;
  }

  /** Begins a stage, or goes on with it. 5.8: time in which the application had too little to send does not count. */
  private follow(cwnd: f64, now: u64, rtt: u64): void {
    if (this.epoch == 0) {
      this.epoch = now;
      this.wEst = cwnd;
      if (this.wMax < cwnd) this.wMax = cwnd;
      // "K = cubic_root((W_max - cwnd_epoch) / C)"
      this.k = cubicRoot((this.wMax - cwnd) / C);
    } else if (now - this.latest > 2 * rtt) this.epoch += now - this.latest - rtt;
    this.latest = now;
  }

  private cubic(t: f64): f64 {
    const d = t - this.k;
    return C * d * d * d + this.wMax;
  }

  /** Adds octets to cwnd, parts of one too. */
  private add(octets: f64): void {
    const sum = this.rest + max(octets, 0);
    const whole = sum as u32;
    this.rest = sum - (whole as f64);
    this.grow(whole);
  }
}

/** The cubic root of a number that is not negative. */
function cubicRoot(a: f64): f64 {
  if (a == 0) return 0;
  // A third of the exponent is a guess that is a few percent off; each of Newton's steps doubles the right digits.
  let x = reinterpret<f64>(reinterpret<u64>(a) / 3 + 0x2a9f789300000000);
  for (let i = 0; i < 4; i++) x = (2 * x + a / (x * x)) / 3;
  return x;
}
