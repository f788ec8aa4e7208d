// Fibers that do what the test tells them with one mutex, condition, semaphore and queue, and say what came of it.
// model.ts is the same in plain TypeScript.
import { OK } from "fata/base/result";
import { Condition } from "fata/sched/condition";
import { Fiber, sleep, WaitQueue, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { Mutex } from "fata/sched/mutex";
import { BoundedQueue } from "fata/sched/queue";
import { Semaphore } from "fata/sched/semaphore";
import { now } from "fata/sys/clock";
import { consoleWrite } from "fata/sys/console";

class Item {
  constructor(public id: i32) {}
}

const mutex = new Mutex();
const changed = new Condition(mutex);
const semaphore = new Semaphore(2);
const queue = new BoundedQueue<Item>(2);
let items: i32 = 0;

const puppets: Puppet[] = [];

class Puppet extends Fiber {
  permits: i32 = 0;
  /** What it is told next: operation, argument and patience, again and again. */
  script: i32[] = [];
  gate: WaitQueue = new WaitQueue();

  constructor(private id: i32) {
    super();
  }

  run(): void {
    while (this.gate.wait() == OK) {
      for (let at = 0; at < this.script.length; at += 3) {
        const ms = this.script[at + 2];
        this.perform(this.script[at], this.script[at + 1], ms < 0 ? u64.MAX_VALUE : <u64>ms);
      }
      this.script.length = 0;
    }
    for (; this.permits; this.permits--) semaphore.release();
    if (mutex.held) mutex.unlock();
    this.report("ends", OK);
  }

  private report(what: string, result: i32, item: Item | null = null): void {
    const time = (now() / 1_000_000).toString();
    const value = item ? " " + item.id.toString() : "";
    consoleWrite(time + " " + this.id.toString() + " " + what + " " + result.toString() + value + "\n");
  }

  private perform(operation: i32, argument: i32, ms: u64): void {
    switch (operation) {
      case 0:
        if (!mutex.held) this.report("lock", mutex.lock(ms));
        break;
      case 1:
        this.report("tryLock", <i32>mutex.tryLock());
        break;
      case 2:
        if (mutex.held) mutex.unlock();
        break;
      case 3:
        if (mutex.held) this.report("wait", changed.wait(ms));
        break;
      case 4:
        this.report("notify", <i32>changed.notify());
        break;
      case 5:
        changed.notifyAll();
        break;
      case 6: {
        const outcome = semaphore.acquire(ms);
        if (outcome == OK) this.permits++;
        this.report("acquire", outcome);
        break;
      }
      case 7: {
        const acquired = semaphore.tryAcquire();
        if (acquired) this.permits++;
        this.report("tryAcquire", <i32>acquired);
        break;
      }
      case 8:
        if (this.permits) {
          this.permits--;
          semaphore.release();
        }
        break;
      case 9:
        this.report("put", queue.put(new Item(++items), ms));
        break;
      case 10:
        this.report("tryPut", queue.tryPut(new Item(++items)));
        break;
      case 11: {
        const outcome = queue.take(ms);
        this.report("take", outcome, outcome == OK ? queue.value : null);
        break;
      }
      case 12: {
        const outcome = queue.tryTake();
        this.report("tryTake", outcome, outcome == OK ? queue.value : null);
        break;
      }
      case 13:
        queue.close();
        break;
      case 14:
        puppets[argument].cancel();
        break;
      case 15:
        this.report("yield", yieldNow());
        break;
      default:
        assert(false, "no such operation");
    }
  }
}

/** Makes a new puppet with this number, which must have none or one that has ended. */
export function spawn(id: i32): void {
  const puppet = new Puppet(id);
  puppet.spawn();
  if (id == puppets.length) puppets.push(puppet);
  else puppets[id] = puppet;
}

/** Adds to what a puppet is to do. */
export function tell(id: i32, operation: i32, argument: i32, ms: i32): void {
  const script = puppets[id].script;
  script.push(operation);
  script.push(argument);
  script.push(ms);
}

/** Lets a puppet begin what it was told. */
export function go(id: i32): void {
  puppets[id].gate.wakeOne();
}

export function cancel(id: i32): void {
  puppets[id].cancel();
}

export function locked(): bool {
  return mutex.locked;
}

export function available(): i32 {
  return semaphore.available;
}

export function length(): i32 {
  return queue.length;
}

class Main extends Fiber {
  run(): void {
    sleep(u64.MAX_VALUE);
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}
export { event, step } from "fata/sched/loop";
