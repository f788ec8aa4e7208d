import { E_CANCELLED, OK } from "../base/result";
import { current, Fiber, self, WaitQueue } from "./fiber";
import { fiberSuspend } from "./switch";

/**
 * A lock that one fiber holds at a time, for what must not change under a fiber while it waits for something else.
 * Between two calls that may wait, a fiber is alone anyway: it needs no lock then.
 *
 * Fair: fibers get the lock in the order in which they asked. `unlock` hands it over to the fiber that waits longest,
 * and nobody overtakes that one before it runs. If it is cancelled meanwhile, it passes the lock on: the lock is not
 * lost. Nothing here allocates after construction.
 */
export class Mutex {
  private readonly waiters: WaitQueue = new WaitQueue();
  private owner: Fiber | null = null;

  /** Whether a fiber holds it. */
  get locked(): bool {
    return this.owner !== null;
  }

  /** Whether the running fiber holds it. */
  get held(): bool {
    return this.locked && this.owner === self();
  }

  /**
   * Takes the lock; waits while another fiber holds it. To ask for what the fiber has already is a mistake, and traps.
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns OK, E_TIMEOUT or E_CANCELLED; only with OK the fiber holds the lock
   */
  lock(ms: u64 = u64.MAX_VALUE): i32 {
    const fiber = current();
    const owner = this.owner;
    assert(owner !== fiber, "this fiber holds the mutex already: it would wait for itself");
    assert(!owner || !owner.done, "the fiber that holds the mutex has ended: it must unlock it before");
    if (fiber.cancelled) return E_CANCELLED;
    if (this.tryLock()) return OK;
    const outcome = this.waiters.wait(ms);
    if (outcome != OK) return outcome;
    if (!fiber.cancelled) return OK;
    this.unlock();
    return E_CANCELLED;
  }

  /** Takes the lock if nobody holds it; does not wait. A cancelled fiber may, too. @returns whether it took it */
  tryLock(): bool {
    if (this.owner) return false;
    this.owner = current();
    return true;
  }

  /** Gives the lock back. For a fiber that does not hold it this is a mistake, and traps. */
  unlock(): void {
    assert(this.held, "a mutex is unlocked by the fiber that holds it, and by no other");
    const next = this.waiters.oldest;
    this.owner = next;
    if (next) next._wake(OK);
  }

  /** For Condition only: a suspended fiber that is in no queue goes on once it has the lock. */
  _giveTo(fiber: Fiber): void {
    if (this.owner) {
      this.waiters._hold(fiber);
    } else {
      this.owner = fiber;
      fiber._wake(OK);
    }
  }

  /** For Condition only: takes the lock, also for a fiber that is cancelled. */
  _relock(): void {
    if (this.tryLock()) return;
    this.waiters._hold(current());
    fiberSuspend();
  }
}
