import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";

export { event, step } from "fata/sched/loop";
export { randomBelow, randomFill, randomU32, reseed } from "fata/sys/random";

class Idle extends Fiber {
  run(): void {
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Idle(), now, wall);
}

/** Memory for the test. */
export function allocate(size: usize): usize {
  return heap.alloc(size);
}
