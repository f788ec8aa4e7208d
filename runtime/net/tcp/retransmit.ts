/** Sending again what was lost. */
import { Connection } from "./connection";

/** Nothing was acknowledged for long: all that is outstanding is taken for lost (RFC 5681, 3.1). */
export function beginTimeoutRecovery(c: Connection): void {
  if (c.retries == 1) c.ssthresh = max((c.sndNxt - c.sndUna) / 2, 2 * c.mss);
  c.cwnd = c.mss;
  c.recovering = true;
  c.recover = c.sndNxt;
  c.resendNext = c.sndUna;
  c.push();
}
