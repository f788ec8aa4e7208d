import { E_CANCELLED, OK } from "../base/result";
import { current, WaitQueue } from "./fiber";

/**
 * A number of permits that fibers share: how many may do something at once.
 *
 * Fair: permits go to fibers in the order in which they asked. A permit that is released while fibers wait is promised to
 * the one that waits longest, and nobody overtakes it before it runs. One that is cancelled with a promise passes it on:
 * no permit is lost. Nothing here allocates after construction.
 */
export class Semaphore {
  private readonly waiters: WaitQueue = new WaitQueue();
  /** Permits of fibers that were woken for them and have not run yet. */
  private promised: i32 = 0;

  /** @param permits how many there are at first */
  constructor(private permits: i32) {
    assert(permits >= 0, "a semaphore has no fewer than 0 permits");
  }

  /** Permits that nobody holds, and that are promised to nobody. */
  get available(): i32 {
    return this.permits - this.promised;
  }

  /**
   * Takes a permit; waits until there is one.
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns OK, E_TIMEOUT or E_CANCELLED; only with OK it has a permit, to be released
   */
  acquire(ms: u64 = u64.MAX_VALUE): i32 {
    const fiber = current();
    if (fiber.cancelled) return E_CANCELLED;
    if (this.tryAcquire()) return OK;
    const outcome = this.waiters.wait(ms);
    if (outcome != OK) return outcome;
    this.promised--;
    if (!fiber.cancelled) this.permits--;
    this.promise();
    return fiber.cancelled ? E_CANCELLED : OK;
  }

  /** Takes a permit if there is one for a newcomer; does not wait. @returns whether it has one, to be released */
  tryAcquire(): bool {
    // Who waits while nothing is promised waits because there is no permit.
    if (this.promised || !this.permits) return false;
    this.permits--;
    return true;
  }

  /** Gives a permit back, or adds one: any fiber or driver may. */
  release(): void {
    this.permits++;
    this.promise();
  }

  /** For BoundedQueue only: ends the waits of all to whom nothing is promised. */
  _dismiss(outcome: i32): void {
    this.waiters.endAll(outcome);
  }

  /** Wakes as many as there are permits for. */
  private promise(): void {
    while (this.available && this.waiters.wakeOne()) this.promised++;
  }
}
