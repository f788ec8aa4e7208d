import { Fn0, log, randomBelow, sleep, spawn, Task } from "fata";

/** A coin that takes up to three seconds to land. */
class Coin extends Fn0<string> {
  call(): string {
    sleep(randomBelow(3000));
    return "Heads";
  }
}

/**
 * Sleeps for the whole time; only then looks at the task, and cancels it if it is not done.
 * @returns the task's value, or null
 */
function timeout<R>(ms: u64, task: Task<R>): R | null {
  sleep(ms);
  if (task.done) return task.value;
  task.cancel();
  return null;
}

export class Main {
  start(): void {
    const face = timeout<string>(2000, spawn<string>(new Coin()));
    log.info(face === null ? "Cancelled" : `Returned "${face}"`);
  }
}
