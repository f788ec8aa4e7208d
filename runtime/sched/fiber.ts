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
export enum FiberState {
  /** Made, not spawned. */
  New,
  /** In the queue of those that may run. */
  Ready,
  Running,
  /** In a wait queue, asleep, or both. */
  Waiting,
  /** In a wait queue which cancellation does not take it out of. */
  Held,
  Done,
}

/**
 * A thread of control. Subclass it: the fields are its arguments, `run` is its body. What begins with an underscore is
 * the scheduler's (AssemblyScript would take a subclass's field of the same name for the same field).
 */
export abstract class Fiber extends Timer {
  _state: FiberState = FiberState.New;
  /** The outcome of the wait that ended last. */
  _outcome: i32 = OK;
  /** Whether `cancel` was called. Each wait then returns E_CANCELLED at once. */
  cancelled: bool = false;
  /** What the fiber was doing, while it is not running. */
  _frames: Frames | null = null;
  /** Neighbours in the one queue the fiber is in. */
  _next: Fiber | null = null;
  _previous: Fiber | null = null;
  /** The queue it waits in. */
  _queue: WaitQueue | null = null;
  private _joiners: WaitQueue | null = null;

  /** What the fiber does. */
  abstract run(): void;

  /**
   * Makes the fiber run, from the next round of the scheduler on; one that was cancelled before does not.
   * @returns this fiber, to be joined
   */
  spawn(): Fiber {
    if (this.cancelled) return this;
    assert(this._state == FiberState.New, "a fiber is spawned once");
    this._state = FiberState.Ready;
    begun++;
    ready.push(this);
    return this;
  }

  /** Whether the fiber has run to its end (or was cancelled before it began). */
  get done(): bool {
    return this._state == FiberState.Done;
  }

  /**
   * Asks the fiber to end. Cancellation is cooperative: the call it waits in returns E_CANCELLED, as does each later
   * one; a fiber that was not spawned will not run.
   */
  cancel(): void {
    this.cancelled = true;
    if (this._state == FiberState.Waiting) this._wake(E_CANCELLED);
    else if (this._state == FiberState.New) {
      begun++;
      this._finish();
    }
  }

  /**
   * Waits until the fiber is done.
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns OK, E_TIMEOUT or, when the caller was cancelled, E_CANCELLED
   */
  join(ms: u64 = u64.MAX_VALUE): i32 {
    const deadline = after(ms);
    while (!this.done) {
      let joiners = this._joiners;
      if (!joiners) {
        joiners = new WaitQueue();
        this._joiners = joiners;
      }
      const outcome = joiners.waitUntil(deadline);
      // It may have ended after the wait did, before this one had its turn.
      if (outcome != OK && !this.done) return outcome;
    }
    return OK;
  }

  /** Ends the wait that the fiber is in. */
  _wake(outcome: i32): void {
    const queue = this._queue;
    if (queue) queue.remove(this);
    this.disarm();
    this._outcome = outcome;
    this._state = FiberState.Ready;
    ready.push(this);
  }

  /** The deadline of the wait has come. */
  fire(): void {
    this._wake(E_TIMEOUT);
  }

  /** `run` has returned, or never will be called. */
  _finish(): void {
    ended++;
    this._state = FiberState.Done;
    this._frames = null;
    const joiners = this._joiners;
    if (joiners) joiners.wakeAll();
  }
}

/** Fibers in the order of their coming, linked through themselves. */
export class FiberQueue {
  private first: Fiber | null = null;
  private last: Fiber | null = null;

  /** Whether no fiber is in it. */
  get empty(): bool {
    return this.first === null;
  }

  /** The fiber that came first, or null. */
  get oldest(): Fiber | null {
    return this.first;
  }

  /** The fiber that came last, or null. */
  get newest(): Fiber | null {
    return this.last;
  }

  push(fiber: Fiber): void {
    const last = this.last;
    fiber._next = null;
    fiber._previous = last;
    if (last) last._next = fiber;
    else this.first = fiber;
    this.last = fiber;
  }

  remove(fiber: Fiber): void {
    const next = fiber._next;
    const previous = fiber._previous;
    if (previous) previous._next = next;
    else this.first = next;
    if (next) next._previous = previous;
    else this.last = previous;
    fiber._next = null;
    fiber._previous = null;
    fiber._queue = null;
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
   * @param ms milliseconds after which to give up; the greatest u64: never
   * @returns OK when woken, E_TIMEOUT, E_CANCELLED
   */
  wait(ms: u64 = u64.MAX_VALUE): i32 {
    return suspend(this, after(ms));
  }

  /**
   * The same until a time: for those who look and wait again.
   * @param deadline in ns on `now`'s clock, as `after` gives it
   */
  waitUntil(deadline: u64): i32 {
    return suspend(this, deadline);
  }

  /** Wakes the fiber that waits longest. @returns whether there was one */
  wakeOne(): bool {
    return this.endOne(OK);
  }

  /** Wakes all that wait now. */
  wakeAll(): void {
    let fiber = this.oldest;
    while (fiber) {
      fiber._wake(OK);
      fiber = this.oldest;
    }
  }

  /** Wakes all that wait now. @param outcome what their waits return */
  endAll(outcome: i32): void {
    while (this.endOne(outcome)) {}
  }

  private endOne(outcome: i32): bool {
    const fiber = this.oldest;
    if (!fiber) return false;
    fiber._wake(outcome);
    return true;
  }

  /** Waits until woken, also when the fiber is cancelled: for what happens in any case, and soon. */
  waitHeld(): void {
    this._hold(current());
    fiberSuspend();
  }

  /** For Mutex and `waitHeld` only: a fiber that is suspended, or is about to be, waits here until woken, also when it is cancelled. */
  _hold(fiber: Fiber): void {
    this.push(fiber);
    fiber._queue = this;
    fiber._state = FiberState.Held;
  }
}

/** For the scheduler only: the fibers that may run. */
export const ready = new FiberQueue();

let running: Fiber | null = null;
let begun: u32 = 0;
let ended: u32 = 0;

/** How many fibers there are. */
export function fibersAlive(): u32 {
  return begun - ended;
}

/** How many fibers are done, for those who want to know whether there were more since: it wraps. */
export function fibersEnded(): u32 {
  return ended;
}

/** The fiber that runs, or null in drivers and timers. */
export function self(): Fiber | null {
  return running;
}

/** The fiber that runs, for what only a fiber can do. */
export function current(): Fiber {
  return assert(running, "only a fiber can wait: call this in start() or run()");
}

/** For the scheduler only. */
export function setRunning(fiber: Fiber | null): void {
  running = fiber;
}

/** Suspends the running fiber until it is woken or the deadline comes. */
function suspend(queue: WaitQueue | null, deadline: u64): i32 {
  const fiber = current();
  if (fiber.cancelled) return E_CANCELLED;
  if (queue) {
    queue.push(fiber);
    fiber._queue = queue;
  }
  fiber.arm(deadline);
  fiber._state = FiberState.Waiting;
  fiberSuspend();
  return running!._outcome;
}

/** The time `ms` milliseconds from now, in ns on `now`'s clock; the greatest u64, never, when it has none. */
export function after(ms: u64): u64 {
  const start = now();
  return ms > (u64.MAX_VALUE - start) / 1_000_000 ? u64.MAX_VALUE : start + ms * 1_000_000;
}

/** Milliseconds from now until a time of `after`, rounded up; 0 when it is over. The greatest u64 stays what it is. */
export function remaining(deadline: u64): u64 {
  const time = now();
  if (time >= deadline) return 0;
  return deadline == u64.MAX_VALUE ? deadline : (deadline - time + 999_999) / 1_000_000;
}

/**
 * Sleeps.
 * @param ms milliseconds
 * @returns OK, or E_CANCELLED
 */
export function sleep(ms: u64): i32 {
  const outcome = suspend(null, after(ms));
  return outcome == E_TIMEOUT ? OK : outcome;
}

/**
 * Lets the other fibers that can run do so. A long computation calls this now and then: memory is collected only
 * between turns of fibers.
 * @returns OK, or E_CANCELLED
 */
export function yieldNow(): i32 {
  const fiber = current();
  if (fiber.cancelled) return E_CANCELLED;
  fiber._state = FiberState.Ready;
  ready.push(fiber);
  fiberSuspend();
  return running!.cancelled ? E_CANCELLED : OK;
}
