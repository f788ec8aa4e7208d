import { Fiber, Fn0, log, race, randomBelow, sleep, spawn, Task } from "fata";

/** A coin that takes up to three seconds to land. */
class Coin extends Fn0<string> {
  call(): string {
    sleep(randomBelow(3000));
    return "Heads";
  }
}

class Alarm extends Fiber {
  constructor(private ms: u64) {
    super();
  }

  run(): void {
    sleep(this.ms);
  }
}

/**
 * Waits until the task is done or the time is over, whichever comes first, and cancels the other.
 * @returns the task's value, or null
 */
function timeout<R>(ms: u64, task: Task<R>): R | null {
  const first = race([new Alarm(ms).spawn(), task]);
  return first == 1 ? task.value : null;
}

export class Main {
  start(): void {
    const face = timeout<string>(2000, spawn<string>(new Coin()));
    log.info(face === null ? "Cancelled" : `Returned "${face}"`);
  }
}
