/**
 * `start`, `step` and `event` of an entry that does nothing by itself: the test calls its other exports, and has the fibers
 * that those spawn run.
 */
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";

export { event, step } from "fata/sched/loop";

/** Keeps the image alive. */
class Idle extends Fiber {
  run(): void {
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Idle(), now, wall);
}
