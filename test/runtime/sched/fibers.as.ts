// The argument --job chooses what the image does; the test reads the console.
import { E_CANCELLED, E_TIMEOUT, OK } from "fata/base/result";
import { Fn0, joinAll, race, spawn, Task, timeout } from "fata/sched/combine";
import { atExit, atExitLast } from "fata/sched/exit";
import { Fiber, self, sleep, WaitQueue, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { addEventHandler, EventHandler } from "fata/sched/source";
import { Timer } from "fata/sched/timer";
import { stringArgument } from "fata/sys/args";
import { now } from "fata/sys/clock";
import { consoleWrite } from "fata/sys/console";

function print(text: string): void {
  consoleWrite((now() / 1_000_000).toString() + " " + text + "\n");
}

class Sleeper extends Fiber {
  constructor(
    private name: string,
    private ms: u64,
    private times: i32 = 1,
  ) {
    super();
  }
  run(): void {
    for (let i = 0; i < this.times; i++) {
      const outcome = sleep(this.ms);
      print(this.name + " " + outcome.toString());
      if (outcome != OK) return;
    }
  }
}

class Yielder extends Fiber {
  constructor(
    private name: string,
    private times: i32,
  ) {
    super();
  }
  run(): void {
    for (let i = 0; i < this.times; i++) {
      print(this.name + i.toString());
      yieldNow();
    }
  }
}

class Square extends Fn0<i32> {
  constructor(private n: i32) {
    super();
  }
  call(): i32 {
    sleep(<u64>this.n);
    return this.n * this.n;
  }
}

class Greeting extends Fn0<string> {
  call(): string {
    yieldNow();
    return "hello";
  }
}

class Taker extends Fiber {
  constructor(
    private name: string,
    private queue: WaitQueue,
    private ms: u64,
  ) {
    super();
  }
  run(): void {
    print(this.name + " " + this.queue.wait(this.ms).toString());
  }
}

class Joiner extends Fiber {
  constructor(private joined: Fiber) {
    super();
  }
  run(): void {
    print("joined " + this.joined.join().toString());
  }
}

class LateHook extends Fiber {
  run(): void {
    atExit(new Sleeper("late hook", 1));
  }
}

class Alarm extends Timer {
  fire(): void {
    print("alarm");
  }
}

/** Allocates, and wakes nobody. */
class Spender extends EventHandler {
  event(_kind: i32): void {
    new Uint8Array(100_000);
  }
}

function job(): string {
  return stringArgument("job", "");
}

class Main extends Fiber {
  run(): void {
    const name = job();
    switch (name) {
      case "Sleepers":
        joinAll([new Sleeper("a", 1000, 4).spawn(), new Sleeper("b", 2000, 2).spawn()]);
        break;
      case "Ties": {
        const all: Fiber[] = [];
        for (let i = 0; i < 20; i++) all.push(new Sleeper("t" + i.toString(), 5).spawn());
        joinAll(all);
        break;
      }
      case "Rounds":
        joinAll([new Yielder("a", 3).spawn(), new Yielder("b", 3).spawn()]);
        break;
      case "Results": {
        const numbers = [spawn<i32>(new Square(5)), spawn<i32>(new Square(3))];
        const text: Task<string> = spawn<string>(new Greeting());
        text.join();
        print(text.value);
        for (let i = 0; i < numbers.length; i++) {
          numbers[i].join();
          print(numbers[i].value.toString());
        }
        break;
      }
      case "JoinDone": {
        const fiber = new Sleeper("a", 1).spawn();
        sleep(10);
        print(fiber.join().toString() + (fiber.done ? " done" : ""));
        break;
      }
      case "Race": {
        const fibers: Fiber[] = [new Sleeper("slow", 50).spawn(), new Sleeper("fast", 10).spawn()];
        print("first " + race(fibers).toString());
        sleep(100);
        print(fibers[0].done ? "slow is done" : "slow goes on");
        break;
      }
      case "RaceAllCancelled": {
        const racer = new Racer().spawn();
        sleep(10);
        racer.cancel();
        racer.join();
        sleep(1);
        break;
      }
      case "Timeout": {
        const slow = new Sleeper("slow", 50).spawn();
        print("slow " + timeout(slow, 10).toString());
        print("fast " + timeout(new Sleeper("fast", 5).spawn(), 10).toString());
        print("join " + slow.join().toString());
        break;
      }
      case "Cancel": {
        const fiber = new Sleeper("a", 1000, 3).spawn();
        const queued = new Taker("q", new WaitQueue(), u64.MAX_VALUE).spawn();
        sleep(1500);
        fiber.cancel();
        fiber.cancel();
        queued.cancel();
        joinAll([fiber, queued]);
        break;
      }
      case "CancelNew": {
        const fiber = new Sleeper("a", 1);
        fiber.cancel();
        print(fiber.join().toString());
        break;
      }
      case "CancelJoined": {
        const fiber = new Sleeper("a", 1);
        const joiner = new Joiner(fiber).spawn();
        sleep(1);
        fiber.cancel();
        fiber.spawn();
        joiner.join();
        break;
      }
      case "CancelHook": {
        const hook = new Sleeper("hook", 1);
        atExit(hook);
        hook.cancel();
        break;
      }
      case "LateHook":
        atExit(new LateHook());
        break;
      case "LongSleep":
        sleep(u64.MAX_VALUE);
        print("woke");
        break;
      case "LongTimeout":
        print(timeout(new Sleeper("a", 5).spawn(), u64.MAX_VALUE).toString());
        break;
      case "LateRace":
        print("first " + race([new Sleeper("a", 10).spawn(), new Sleeper("b", 5).spawn()]).toString());
        break;
      case "RaceDone": {
        const fibers: Fiber[] = [new Sleeper("a", 10).spawn(), new Sleeper("b", 1).spawn()];
        sleep(5);
        print("first " + race(fibers).toString());
        break;
      }
      case "LateTimeout":
        print(timeout(new Sleeper("a", 5).spawn(), 10).toString());
        break;
      case "Orders": {
        const alarm = new Alarm();
        const other = new Alarm();
        alarm.arm(5_000_000);
        for (let i = 0; i < 10; i++) other.arm(1_000_000_000);
        other.disarm();
        sleep(10);
        break;
      }
      case "Handler":
        addEventHandler(new Spender());
        new WaitQueue().wait();
        break;
      case "Queue": {
        const queue = new WaitQueue();
        const all: Fiber[] = [];
        for (let i = 0; i < 4; i++) all.push(new Taker("w" + i.toString(), queue, i == 1 ? 3 : u64.MAX_VALUE).spawn());
        sleep(5);
        queue.wakeOne();
        sleep(5);
        queue.wakeAll();
        joinAll(all);
        print(queue.empty ? "empty" : "not empty");
        print(queue.wakeOne() ? "woke" : "nobody");
        break;
      }
      case "Hooks":
        atExitLast(new Sleeper("last hook", 1));
        atExit(new Sleeper("hook", 30));
        atExit(new Sleeper("other hook", 20));
        sleep(1_000_000);
        break;
      case "Forever":
        new WaitQueue().wait();
        break;
      case "Busy":
        new Spinner().spawn();
        sleep(3);
        print("woke");
        break;
      case "EmptyRace":
        race([]);
        break;
      case "NoValue": {
        const task = new Task<string>(new Greeting());
        task.cancel();
        print(task.value);
        break;
      }
      case "TwiceSpawned":
        new Sleeper("a", 1).spawn().spawn();
        break;
      default:
        break;
    }
  }
}

class Racer extends Fiber {
  run(): void {
    print("race " + race([new Sleeper("a", 100).spawn(), new Sleeper("b", 100).spawn()]).toString());
  }
}

class Spinner extends Fiber {
  run(): void {
    while (!this.cancelled) yieldNow();
  }
}

export function start(now: u64, wall: u64): u64 {
  if (job() == "OutsideFiber") sleep(1);
  assert(self() === null);
  assert(E_TIMEOUT != E_CANCELLED);
  return boot(new Main(), now, wall);
}
export { event, step } from "fata/sched/loop";
