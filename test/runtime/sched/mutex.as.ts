// The argument --job chooses what the image does; the test reads the console.
import { OK } from "fata/base/result";
import { Fiber, sleep, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { Mutex } from "fata/sched/mutex";
import { stringArgument } from "fata/sys/args";
import { now } from "fata/sys/clock";
import { consoleWrite } from "fata/sys/console";

function print(text: string): void {
  consoleWrite((now() / 1_000_000).toString() + " " + text + "\n");
}

const mutex = new Mutex();

/** Locks, holds the lock for a time, unlocks. */
class Locker extends Fiber {
  constructor(
    private name: string,
    private hold: u64 = 0,
    private patience: u64 = u64.MAX_VALUE,
  ) {
    super();
  }

  run(): void {
    const outcome = mutex.lock(this.patience);
    print(this.name + " " + outcome.toString());
    if (outcome != OK) return;
    assert(mutex.held && mutex.locked);
    if (this.hold) sleep(this.hold);
    mutex.unlock();
    assert(!mutex.held);
  }
}

class Unlocker extends Fiber {
  run(): void {
    mutex.unlock();
  }
}

/** What a fiber can do that was cancelled. */
class Cancelled extends Fiber {
  run(): void {
    this.cancel();
    print("lock " + mutex.lock().toString());
    print("tryLock " + mutex.tryLock().toString() + " " + mutex.tryLock().toString());
    mutex.unlock();
  }
}

class Leaver extends Fiber {
  run(): void {
    mutex.lock();
  }
}

class Main extends Fiber {
  run(): void {
    const job = stringArgument("job", "");
    if (job == "Order") {
      mutex.lock();
      new Locker("a", 2).spawn();
      new Locker("b").spawn();
      yieldNow();
      mutex.unlock();
      print("free " + mutex.tryLock().toString() + ", mine " + mutex.held.toString());
      new Locker("c").spawn();
      print("main " + mutex.lock().toString());
      mutex.unlock();
      sleep(1);
      print("locked " + mutex.locked.toString());
    }
    if (job == "Timeout") {
      mutex.lock();
      new Locker("a", 0, 5).spawn();
      new Locker("b", 0, 10).spawn();
      new Locker("c", 3, 11).spawn();
      new Locker("d", 0, 12).spawn();
      sleep(10);
      mutex.unlock();
      sleep(10);
      print("free " + mutex.tryLock().toString());
    }
    if (job == "Cancel") {
      mutex.lock();
      const waiting = new Locker("waiting").spawn();
      const granted = new Locker("granted").spawn();
      const other = new Locker("other").spawn();
      sleep(1);
      waiting.cancel();
      mutex.unlock();
      granted.cancel();
      other.join();
      print("free " + mutex.tryLock().toString());
    }
    if (job == "Cancelled") new Cancelled().spawn().join();
    if (job == "Relock") {
      mutex.lock();
      mutex.lock();
    }
    if (job == "ForeignUnlock") {
      mutex.lock();
      new Unlocker().spawn().join();
    }
    if (job == "UnlockFree") mutex.unlock();
    if (job == "Ended") {
      new Leaver().spawn().join();
      mutex.lock();
    }
  }
}

export function start(now: u64, wall: u64): u64 {
  const job = stringArgument("job", "");
  if (job == "OutsideFiber") mutex.tryLock();
  if (job == "UnlockOutside") mutex.unlock();
  return boot(new Main(), now, wall);
}
export { event, step } from "fata/sched/loop";
