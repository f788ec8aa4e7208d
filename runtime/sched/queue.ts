import { E_AGAIN, E_CLOSED, OK } from "../base/result";
import { Fiber, self } from "./fiber";
import { Semaphore } from "./semaphore";

/**
 * A queue of bounded length between fibers: who puts waits while it is full, who takes while it is empty. T is a class,
 * a string or a number.
 *
 *     while (queue.take() == OK) work(queue.value);
 *
 * Fair: values are taken in the order in which they were put, put in the order in which fibers asked for it, and taken
 * by fibers in the order in which they asked. A fiber that is cancelled, or gives up, has put or taken nothing: no value
 * is lost. Nothing here allocates after construction.
 */
export class BoundedQueue<T> {
  private readonly values: StaticArray<T>;
  /** Index of the value to be taken next. */
  private head: i32 = 0;
  private count: i32 = 0;
  /** A permit for each place that is free, and for each value. */
  private readonly room: Semaphore;
  private readonly filled: Semaphore = new Semaphore(0);
  private ended: bool = false;
  private taken: T = nothing<T>();
  private taker: Fiber | null = null;
  private holds: bool = false;

  /** @param capacity most values in it, at least 1 */
  constructor(readonly capacity: i32) {
    assert(capacity > 0, "a queue has room for one value at least");
    this.values = new StaticArray<T>(capacity);
    this.room = new Semaphore(capacity);
  }

  /** Values in it. */
  get length(): i32 {
    return this.count;
  }

  /** Whether it was closed. There may be values left to take. */
  get closed(): bool {
    return this.ended;
  }

  /** What the running fiber took last; to be read before the fiber waits for anything, as others take, too. */
  get value(): T {
    assert(this.holds && this.taker === self(), "this fiber has taken no value, or another fiber has taken one since");
    return this.taken;
  }

  /**
   * Appends a value; waits while the queue is full.
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns OK, E_CLOSED, E_TIMEOUT or E_CANCELLED; only with OK the value is in the queue
   */
  put(value: T, ms: u64 = u64.MAX_VALUE): i32 {
    if (this.ended) return E_CLOSED;
    const outcome = this.room.acquire(ms);
    if (outcome != OK) return outcome;
    if (this.ended) return E_CLOSED;
    this.append(value);
    return OK;
  }

  /** Appends a value; does not wait. @returns OK, E_CLOSED, or E_AGAIN: it is full, or others wait to put */
  tryPut(value: T): i32 {
    if (this.ended) return E_CLOSED;
    if (!this.room.tryAcquire()) return E_AGAIN;
    this.append(value);
    return OK;
  }

  /**
   * Takes the oldest value, to be read from `value`; waits while the queue is empty.
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns OK, E_TIMEOUT, E_CANCELLED, or E_CLOSED: it was closed, and all values have been taken
   */
  take(ms: u64 = u64.MAX_VALUE): i32 {
    const outcome = this.drained ? E_CLOSED : this.filled.acquire(ms);
    return this.shift(outcome);
  }

  /** The same without waiting. @returns OK, E_CLOSED, or E_AGAIN: it is empty, or others wait to take */
  tryTake(): i32 {
    return this.shift(this.filled.tryAcquire() ? OK : this.drained ? E_CLOSED : E_AGAIN);
  }

  /** Ends the queue: who puts gets E_CLOSED, also who waits to; who takes gets what is left, then E_CLOSED. */
  close(): void {
    this.ended = true;
    this.room._dismiss(E_CLOSED);
    if (this.drained) this.filled._dismiss(E_CLOSED);
  }

  private get drained(): bool {
    return this.ended && !this.count;
  }

  /** For who has a permit for a place. */
  private append(value: T): void {
    let tail = this.head + this.count++;
    if (tail >= this.capacity) tail -= this.capacity;
    this.values[tail] = value;
    this.filled.release();
  }

  /** For who has a permit for a value, which is what `outcome` tells. @returns the outcome */
  private shift(outcome: i32): i32 {
    const head = this.head;
    this.holds = outcome == OK;
    this.taker = self();
    this.taken = this.holds ? unchecked(this.values[head]) : nothing<T>();
    if (!this.holds) return outcome;
    // The queue must not keep it alive.
    this.values[head] = nothing<T>();
    this.head = head + 1 == this.capacity ? 0 : head + 1;
    this.count--;
    this.room.release();
    // Those who take and had to wait for the others.
    if (this.drained) this.filled._dismiss(E_CLOSED);
    return outcome;
  }
}

/** null, or 0. */
function nothing<T>(): T {
  return isReference<T>() ? changetype<T>(0) : <T>0;
}
