// The argument --job chooses what the image does; the test reads the console.
import { Condition } from "fata/sched/condition";
import { Fiber, sleep, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { Mutex } from "fata/sched/mutex";
import { Timer } from "fata/sched/timer";
import { stringArgument } from "fata/sys/args";
import { now } from "fata/sys/clock";
import { consoleWrite } from "fata/sys/console";

function print(text: string): void {
  consoleWrite((now() / 1_000_000).toString() + " " + text + "\n");
}

const mutex = new Mutex();
const changed = new Condition(mutex);

/** Waits for the condition once. */
class Waiter extends Fiber {
  constructor(
    private name: string,
    private patience: u64 = u64.MAX_VALUE,
  ) {
    super();
  }

  run(): void {
    mutex.lock();
    const outcome = changed.wait(this.patience);
    print(this.name + " " + outcome.toString() + (mutex.held ? "" : " without the mutex"));
    mutex.unlock();
  }
}

class Locker extends Fiber {
  run(): void {
    mutex.lock();
    print("locker");
    mutex.unlock();
  }
}

/** Notifies from a timer, where no fiber runs. */
class Notifier extends Timer {
  fire(): void {
    changed.notify();
  }
}

class Cancelled extends Fiber {
  run(): void {
    mutex.lock();
    this.cancel();
    print("wait " + changed.wait().toString() + (mutex.held ? "" : " without the mutex"));
    mutex.unlock();
  }
}

class Stranger extends Fiber {
  run(): void {
    changed.wait();
  }
}

/** Takes turns with others: whose turn it is, is what the mutex protects. */
class Player extends Fiber {
  constructor(private index: i32) {
    super();
  }

  run(): void {
    for (let i = 0; i < 10_000; i++) {
      mutex.lock();
      while (turn != this.index) changed.wait();
      if (i == 100) before = __heap_used();
      turn = (turn + 1) % 3;
      changed.notifyAll();
      mutex.unlock();
    }
    // The first that ends: joining the others allocates.
    if (!used) used = __heap_used();
  }
}

let turn: i32 = 0;
let before: usize = 0;
let used: usize = 0;

/** Bytes that 10,000 turns of players cost. */
export function allocated(): usize {
  return used - before;
}

class Main extends Fiber {
  run(): void {
    const job = stringArgument("job", "");
    if (job == "Order") {
      new Waiter("a").spawn();
      new Waiter("b").spawn();
      new Waiter("c").spawn();
      yieldNow();
      mutex.lock();
      assert(changed.mutex === mutex);
      new Locker().spawn();
      changed.notifyAll();
      print("nobody " + changed.notify().toString());
      yieldNow();
      print("unlock");
      mutex.unlock();
      sleep(1);
    }
    if (job == "Free") {
      new Waiter("a").spawn();
      new Waiter("b").spawn();
      yieldNow();
      print("notified " + changed.notify().toString());
      print("free " + mutex.tryLock().toString());
      sleep(1);
      changed.notify();
      sleep(1);
    }
    if (job == "Timeout") {
      new Waiter("a", 5).spawn();
      new Waiter("b", 6).spawn();
      new Waiter("c").spawn();
      sleep(4);
      mutex.lock();
      changed.notify();
      sleep(4);
      changed.notify();
      print("unlock");
      mutex.unlock();
      sleep(1);
    }
    if (job == "Cancel") {
      const waiting = new Waiter("waiting").spawn();
      const notified = new Waiter("notified").spawn();
      new Waiter("next").spawn();
      const last = new Waiter("last").spawn();
      sleep(1);
      mutex.lock();
      waiting.cancel();
      changed.notify();
      notified.cancel();
      yieldNow();
      print("unlock");
      mutex.unlock();
      sleep(1);
      last.cancel();
      sleep(1);
      print("free " + mutex.tryLock().toString());
    }
    if (job == "Turns") {
      const players: Fiber[] = [];
      for (let i = 0; i < 3; i++) players.push(new Player(i).spawn());
      for (let i = 0; i < 3; i++) players[i].join();
      print("turn " + turn.toString());
    }
    if (job == "Driver") {
      new Notifier().arm(7_000_000);
      new Waiter("a").spawn().join();
    }
    if (job == "Cancelled") new Cancelled().spawn().join();
    if (job == "Unlocked") new Stranger().spawn().join();
    if (job == "Foreign") {
      mutex.lock();
      new Stranger().spawn().join();
    }
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}
export { event, step } from "fata/sched/loop";
