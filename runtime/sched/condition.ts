import { E_CANCELLED, OK } from "../base/result";
import { current, WaitQueue } from "./fiber";
import { Mutex } from "./mutex";

/**
 * Where fibers that hold a mutex wait until what it protects has changed:
 *
 *     mutex.lock();
 *     while (!enough && outcome == OK) outcome = changed.wait();
 *     ...
 *     mutex.unlock();
 *
 * Fair: `notify` is for the fiber that waits longest. It queues for the mutex at once, before anybody who asks for it
 * later. A fiber that is cancelled after it was notified passes that on: no notification is lost. Nothing here allocates
 * after construction.
 */
export class Condition {
  private readonly waiters: WaitQueue = new WaitQueue();

  /** @param mutex what each fiber that waits here holds */
  constructor(readonly mutex: Mutex) {}

  /**
   * Unlocks the mutex, waits until notified, and locks it again: the fiber holds it afterwards, whatever the result. What
   * it waited for may be gone again by then: look again. To have the mutex again may take longer than `ms`.
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns OK when notified, E_TIMEOUT or E_CANCELLED
   */
  wait(ms: u64 = u64.MAX_VALUE): i32 {
    const fiber = current();
    const mutex = this.mutex;
    assert(mutex.held, "who waits for a condition holds its mutex: lock it before");
    if (fiber.cancelled) return E_CANCELLED;
    mutex.unlock();
    const outcome = this.waiters.wait(ms);
    if (outcome != OK) {
      mutex._relock();
      return outcome;
    }
    // Whoever notified it has had the mutex given to it.
    if (!fiber.cancelled) return OK;
    this.notify();
    return E_CANCELLED;
  }

  /** Ends the wait of the fiber that waits longest. Any fiber or driver may. @returns whether there was one */
  notify(): bool {
    const fiber = this.waiters.oldest;
    if (!fiber) return false;
    this.waiters.remove(fiber);
    fiber.disarm();
    this.mutex._giveTo(fiber);
    return true;
  }

  /** Ends the waits of all that wait now. */
  notifyAll(): void {
    while (this.notify()) {}
  }
}
