/** A token bucket: lets through a number of things a second on average, and a burst of them at once. */
export class TokenBucket {
  /** Time that a token takes to come, in ns. */
  private interval: u64;
  /** Time since when tokens have come that nobody took, in ns on `now`'s clock; may lie ahead of the bucket's start. */
  private since: u64 = 0;
  private full: bool = true;

  /** @param rate tokens a second; @param burst most tokens in the bucket, which starts full */
  constructor(
    rate: u32,
    private burst: u32,
  ) {
    this.interval = 1000000000 / (rate as u64);
  }

  /** Takes a token. @param now ns on `now`'s clock @returns whether there was one */
  take(now: u64): bool {
    const most = this.interval * this.burst;
    // What came beyond a full bucket is lost.
    if (this.full || now - this.since > most) {
      this.full = false;
      this.since = now - most;
    }
    if (now - this.since < this.interval) return false;
    this.since += this.interval;
    return true;
  }
}
