/** Fibers with results, and waiting for several fibers. */
import { E_TIMEOUT, OK } from "../base/result";
import { Fiber, WaitQueue } from "./fiber";

/** A function without parameters, as an object: AssemblyScript has no closures. */
export abstract class Fn0<R> {
  abstract call(): R;
}

/** A function of one parameter, as an object. */
export abstract class Fn1<P, R> {
  abstract call(argument: P): R;
}

/** A fiber that computes a result. */
export class Task<R> extends Fiber {
  private ran: bool = false;
  private result: R = isReference<R>() ? changetype<R>(0) : <R>0;

  constructor(private body: Fn0<R>) {
    super();
  }

  run(): void {
    this.result = this.body.call();
    this.ran = true;
  }

  /** The result. The task must be done, and not by having been cancelled before it began. */
  get value(): R {
    assert(this.ran, "the value of a task that is not done");
    return this.result;
  }
}

/** Runs a function on a fiber of its own. */
export function spawn<R>(body: Fn0<R>): Task<R> {
  const task = new Task<R>(body);
  task.spawn();
  return task;
}

/**
 * Waits until all fibers are done.
 * @returns OK, or E_CANCELLED when the caller was cancelled (the fibers go on)
 */
export function joinAll(fibers: Fiber[]): i32 {
  for (let i = 0; i < fibers.length; i++) {
    const outcome = fibers[i].join();
    if (outcome != OK) return outcome;
  }
  return OK;
}

/** Where a race waits for its winner. */
class Finish extends WaitQueue {
  /** Index of the fiber that was done first; -1 as long as none is. */
  winner: i32 = -1;
}

/** Notes a fiber as the winner of a race when it is done before all others. */
class Watcher extends Fiber {
  constructor(
    private watched: Fiber,
    private index: i32,
    private finish: Finish,
  ) {
    super();
  }

  run(): void {
    if (this.watched.join() != OK || this.finish.winner >= 0) return;
    this.finish.winner = this.index;
    this.finish.wakeAll();
  }
}

/**
 * Waits until one of the fibers is done, and cancels the others.
 * @returns the index of the first one that is done, or E_CANCELLED when the caller was cancelled (the fibers are, too)
 */
export function race(fibers: Fiber[]): i32 {
  assert(fibers.length > 0, "a race without fibers");
  const finish = new Finish();
  const watchers = new Array<Fiber>(fibers.length);
  for (let i = 0; i < fibers.length; i++) {
    watchers[i] = new Watcher(fibers[i], i, finish).spawn();
    if (fibers[i].done && finish.winner < 0) finish.winner = i;
  }
  let outcome = OK;
  while (outcome == OK && finish.winner < 0) outcome = finish.wait();
  if (finish.winner >= 0) outcome = finish.winner;
  for (let i = 0; i < fibers.length; i++) {
    watchers[i].cancel();
    if (i != outcome) fibers[i].cancel();
  }
  return outcome;
}

/**
 * Waits until the fiber is done, for at most a time; cancels it then.
 * @param ms milliseconds
 * @returns OK, E_TIMEOUT (the fiber was cancelled) or E_CANCELLED (the caller was)
 */
export function timeout(fiber: Fiber, ms: u64): i32 {
  const outcome = fiber.join(ms);
  if (outcome == E_TIMEOUT) fiber.cancel();
  return outcome;
}
