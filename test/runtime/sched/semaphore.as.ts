// The argument --job chooses what the image does; the test reads the console.
import { OK } from "fata/base/result";
import { Fiber, sleep, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { Semaphore } from "fata/sched/semaphore";
import { Timer } from "fata/sched/timer";
import { stringArgument } from "fata/sys/args";
import { now } from "fata/sys/clock";
import { consoleWrite } from "fata/sys/console";

function print(text: string): void {
  consoleWrite((now() / 1_000_000).toString() + " " + text + "\n");
}

const semaphore = new Semaphore(2);

/** Takes a permit, keeps it for a time, gives it back. */
class Worker extends Fiber {
  constructor(
    private name: string,
    private hold: u64 = 0,
    private patience: u64 = u64.MAX_VALUE,
  ) {
    super();
  }

  run(): void {
    const outcome = semaphore.acquire(this.patience);
    print(this.name + " " + outcome.toString());
    if (outcome != OK) return;
    if (this.hold) sleep(this.hold);
    semaphore.release();
  }
}

/** Releases from a timer, where no fiber runs. */
class Releaser extends Timer {
  fire(): void {
    semaphore.release();
  }
}

function available(): void {
  print("available " + semaphore.available.toString());
}

class Main extends Fiber {
  run(): void {
    const job = stringArgument("job", "");
    if (job == "Limit") {
      for (let i = 0; i < 5; i++) new Worker("w" + i.toString(), 10).spawn();
      sleep(5);
      available();
      sleep(100);
      available();
    }
    if (job == "Order") {
      semaphore.acquire();
      semaphore.acquire();
      new Worker("a", 5).spawn();
      new Worker("b", 5).spawn();
      yieldNow();
      semaphore.release();
      semaphore.release();
      semaphore.release();
      available();
      print("newcomer " + semaphore.tryAcquire().toString());
      print("main " + semaphore.acquire().toString());
      available();
      print("nobody waits " + semaphore.tryAcquire().toString());
      semaphore.release();
      print("nobody waits " + semaphore.tryAcquire().toString());
    }
    if (job == "Timeout") {
      semaphore.acquire();
      semaphore.acquire();
      new Worker("a", 0, 5).spawn();
      new Worker("b", 0, 10).spawn();
      new Worker("c", 0, 11).spawn();
      sleep(10);
      semaphore.release();
      sleep(10);
      available();
    }
    if (job == "Cancel") {
      semaphore.acquire();
      semaphore.acquire();
      const waiting = new Worker("waiting").spawn();
      const granted = new Worker("granted").spawn();
      const other = new Worker("other").spawn();
      sleep(1);
      waiting.cancel();
      semaphore.release();
      granted.cancel();
      other.join();
      available();
      const free = new Worker("free");
      free.spawn();
      free.cancel();
      free.join();
      available();
    }
    if (job == "Driver") {
      semaphore.acquire();
      semaphore.acquire();
      new Releaser().arm(7_000_000);
      print("main " + semaphore.acquire().toString());
    }
    if (job == "Negative") new Semaphore(-1);
  }
}

export function start(now: u64, wall: u64): u64 {
  if (stringArgument("job", "") == "OutsideFiber") semaphore.acquire();
  return boot(new Main(), now, wall);
}
export { event, step } from "fata/sched/loop";
