/**
 * Fibers: concurrency in direct style. A fiber runs until it waits; its frames are then saved and another one runs.
 * Nothing runs in parallel: between two calls that may wait, a fiber has the whole image to itself.
 */
import { E_CANCELLED, E_TIMEOUT, OK } from "../base/result";
import { now } from "../sys/clock";
import { Frames } from "./frames";
import { fiberSuspend } from "./switch";
import { Timer } from "./timer";

/** Where a fiber is in its life. */
export const enum FiberState {
  /** Made, not spawned. */
  New,
  /** In the queue of those that may run. */
  Ready,
  Running,
  /** In a wait queue, asleep, or both. */
  Waiting,
  Done,
}

/** A thread of control. Subclass it: the fields are its arguments, `run` is its body. */
export abstract class Fiber extends Timer {
  /** For the scheduler only. */
  state: FiberState = FiberState.New;
  /** For the scheduler only: the outcome of the wait that ended last. */
  outcome: i32 = OK;
  /** Whether `cancel` was called. Each wait then returns E_CANCELLED at once. */
  cancelled: bool = false;
  /** For the scheduler only: what the fiber was doing, while it is not running. */
  frames: Frames | null = null;
  /** For the scheduler only: neighbours in the one queue the fiber is in. */
  next: Fiber | null = null;
  previous: Fiber | null = null;
  /** For the scheduler only: the queue it waits in. */
  queue: WaitQueue | null = null;
  private joiners: WaitQueue | null = null;

  /** What the fiber does. */
  abstract run(): void;

  /**
   * Makes the fiber run, from the next round of the scheduler on.
   * @returns this fiber, to be joined
   */
  spawn(): this {
    assert(this.state == FiberState.New, "a fiber is spawned once");
    this.state = FiberState.Ready;
    ready.push(this);
    return this;
  }

  /** Whether the fiber has run to its end (or was cancelled before it began). */
  get done(): bool {
    return this.state == FiberState.Done;
  }

  /**
   * Asks the fiber to end. Cancellation is cooperative: the call it waits in returns E_CANCELLED, as does each later
   * one; a fiber that was not spawned will not run.
   */
  cancel(): void {
    this.cancelled = true;
    if (this.state == FiberState.Waiting) this.wake(E_CANCELLED);
    else if (this.state == FiberState.New) this.state = FiberState.Done;
  }

  /**
   * Waits until the fiber is done.
   * @param deadline in ns on `now`'s clock
   * @returns OK, E_TIMEOUT or, when the caller was cancelled, E_CANCELLED
   */
  join(deadline: u64 = u64.MAX_VALUE): i32 {
    while (!this.done) {
      let joiners = this.joiners;
      if (!joiners) {
        joiners = new WaitQueue();
        this.joiners = joiners;
      }
      const outcome = joiners.wait(deadline);
      if (outcome != OK) return outcome;
    }
    return OK;
  }

  /** For the scheduler only: ends the wait that the fiber is in. */
  wake(outcome: i32): void {
    const queue = this.queue;
    if (queue) queue.remove(this);
    this.disarm();
    this.outcome = outcome;
    this.state = FiberState.Ready;
    ready.push(this);
  }

  /** For the scheduler only: the deadline of the wait has come. */
  fire(): void {
    this.wake(E_TIMEOUT);
  }

  /** For the scheduler only: `run` has returned. */
  finish(): void {
    this.state = FiberState.Done;
    this.frames = null;
    const joiners = this.joiners;
    if (joiners) joiners.wakeAll();
  }
}

/** Fibers in the order of their coming, linked through themselves. */
export class FiberQueue {
  protected first: Fiber | null = null;
  private last: Fiber | null = null;

  /** Whether no fiber is in it. */
  get empty(): bool {
    return this.first === null;
  }

  /** The fiber that came last, or null. */
  get newest(): Fiber | null {
    return this.last;
  }

  push(fiber: Fiber): void {
    const last = this.last;
    fiber.next = null;
    fiber.previous = last;
    if (last) last.next = fiber;
    else this.first = fiber;
    this.last = fiber;
  }

  remove(fiber: Fiber): void {
    const next = fiber.next;
    const previous = fiber.previous;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    fiber.next = null;
    fiber.previous = null;
    fiber.queue = null;
  }

  /** Takes the first fiber out, or null. */
  shift(): Fiber | null {
    const first = this.first;
    if (first) this.remove(first);
    return first;
  }
}

/** Where fibers wait for something to happen, first come first served. */
export class WaitQueue extends FiberQueue {
  /**
   * Waits until woken. What was waited for may be gone again by the time the fiber runs: look again.
   * @param deadline in ns on `now`'s clock
   * @returns OK when woken, E_TIMEOUT at the deadline, E_CANCELLED
   */
  wait(deadline: u64 = u64.MAX_VALUE): i32 {
    return suspend(this, deadline);
  }

  /** Wakes the fiber that waits longest. @returns whether there was one */
  wakeOne(): bool {
    const fiber = this.first;
    if (!fiber) return false;
    fiber.wake(OK);
    return true;
  }

  /** Wakes all that wait now. */
  wakeAll(): void {
    while (this.wakeOne()) {}
  }
}

/** For the scheduler only: the fibers that may run. */
export const ready = new FiberQueue();

let running: Fiber | null = null;

/** The fiber that runs, or null in drivers and timers. */
export function self(): Fiber | null {
  return running;
}

/** For the scheduler only. */
export function setRunning(fiber: Fiber | null): void {
  running = fiber;
}

/** Suspends the running fiber until it is woken or the deadline comes. */
function suspend(queue: WaitQueue | null, deadline: u64): i32 {
  const fiber = assert(running, "only a fiber can wait");
  if (fiber.cancelled) return E_CANCELLED;
  if (queue) {
    queue.push(fiber);
    fiber.queue = queue;
  }
  fiber.arm(deadline);
  fiber.state = FiberState.Waiting;
  fiberSuspend();
  return running!.outcome;
}

/**
 * Sleeps.
 * @param ms milliseconds
 * @returns OK, or E_CANCELLED
 */
export function sleep(ms: u64): i32 {
  const outcome = suspend(null, now() + ms * 1_000_000);
  return outcome == E_TIMEOUT ? OK : outcome;
}

/**
 * Lets the other fibers that can run do so. A long computation calls this now and then: memory is collected only
 * between turns of fibers.
 * @returns OK, or E_CANCELLED
 */
export function yieldNow(): i32 {
  const fiber = assert(running, "only a fiber can yield");
  if (fiber.cancelled) return E_CANCELLED;
  fiber.state = FiberState.Ready;
  ready.push(fiber);
  fiberSuspend();
  return running!.cancelled ? E_CANCELLED : OK;
}
