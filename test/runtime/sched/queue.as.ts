// The argument --job chooses what the image does; the test reads the console.
import { OK } from "fata/base/result";
import { Fiber, sleep, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { BoundedQueue } from "fata/sched/queue";
import { Timer } from "fata/sched/timer";
import { stringArgument } from "fata/sys/args";
import { now } from "fata/sys/clock";
import { consoleWrite } from "fata/sys/console";

function print(text: string): void {
  consoleWrite((now() / 1_000_000).toString() + " " + text + "\n");
}

class Box {
  constructor(public id: i32) {}
}

const queue = new BoundedQueue<i32>(2);

class Putter extends Fiber {
  constructor(
    private value: i32,
    private patience: u64 = u64.MAX_VALUE,
  ) {
    super();
  }

  run(): void {
    print("put " + this.value.toString() + " " + queue.put(this.value, this.patience).toString());
  }
}

class Taker extends Fiber {
  constructor(
    private name: string,
    private patience: u64 = u64.MAX_VALUE,
  ) {
    super();
  }

  run(): void {
    const outcome = queue.take(this.patience);
    print(this.name + " " + (outcome == OK ? "took " + queue.value.toString() : outcome.toString()));
  }
}

/** Puts from a timer, where no fiber runs. */
class Driver extends Timer {
  fire(): void {
    for (let i = 0; i < 3; i++) print("tryPut " + queue.tryPut(i).toString());
    print("tryTake " + queue.tryTake().toString() + " " + queue.value.toString());
  }
}

/** Puts values in, takes them out, and compares. */
function kinds(): void {
  const boxes = new BoundedQueue<Box>(3);
  const strings = new BoundedQueue<string>(3);
  const maybe = new BoundedQueue<Box | null>(3);
  const bytes = new BoundedQueue<u8>(3);
  const floats = new BoundedQueue<f64>(3);
  for (let i = 0; i < 100; i++) {
    boxes.put(new Box(i));
    strings.put("s" + i.toString());
    maybe.put(i & 1 ? new Box(i) : null);
    bytes.put(<u8>i);
    floats.put(<f64>i / 3);
    if (i < 2) continue;
    yieldNow();
    assert(boxes.take() == OK && boxes.value.id == i - 2);
    assert(strings.take() == OK && strings.value == "s" + (i - 2).toString());
    assert(maybe.take() == OK);
    const box = maybe.value;
    assert(i & 1 ? box !== null && box.id == i - 2 : box === null);
    assert(bytes.take() == OK && bytes.value == i - 2);
    assert(floats.take() == OK && floats.value == <f64>(i - 2) / 3);
  }
  print("as put");
  assert(boxes.length == 2 && boxes.capacity == 3 && !boxes.closed);
}

/** Hands numbers over many times. */
class Relay extends Fiber {
  sum: i32 = 0;
  constructor(private source: BoundedQueue<i32>) {
    super();
  }
  run(): void {
    while (this.source.take() == OK) this.sum += this.source.value;
  }
}

let before: usize = 0;
let used: usize = 0;

/** Bytes that 10,000 values cost which were handed over between fibers. */
export function allocated(): usize {
  return used - before;
}

class Main extends Fiber {
  run(): void {
    const job = stringArgument("job", "");
    if (job == "Order") {
      for (let i = 1; i <= 5; i++) new Putter(i).spawn();
      sleep(1);
      for (let i = 1; i <= 7; i++) new Taker("t" + i.toString()).spawn();
      sleep(1);
      for (let i = 6; i <= 7; i++) new Putter(i).spawn();
      sleep(1);
    }
    if (job == "Newcomers") {
      new Putter(1).spawn();
      new Putter(2).spawn();
      new Putter(3).spawn();
      yieldNow();
      queue.take();
      print("took " + queue.value.toString());
      print("tryPut " + queue.tryPut(9).toString());
      queue.take();
      print("took " + queue.value.toString() + ", tryPut " + queue.tryPut(9).toString());
      print("put 4 " + queue.put(4).toString());
      new Taker("a").spawn();
      new Taker("b").spawn();
      new Taker("c").spawn();
      yieldNow();
      queue.tryPut(5);
      print("tryTake " + queue.tryTake().toString());
      sleep(1);
      print("tryTake " + queue.tryTake().toString());
    }
    if (job == "Timeout") {
      new Taker("a", 5).spawn();
      new Taker("b", 6).spawn();
      sleep(5);
      for (let i = 0; i < 3; i++) new Putter(i).spawn();
      new Putter(3, 5).spawn();
      new Putter(4, 6).spawn();
      sleep(5);
      queue.take();
      print("took " + queue.value.toString());
      sleep(1);
      print("length " + queue.length.toString());
    }
    if (job == "CancelTakers") {
      const waiting = new Taker("waiting").spawn();
      const promised = new Taker("promised").spawn();
      new Taker("next").spawn();
      sleep(1);
      waiting.cancel();
      queue.put(1);
      promised.cancel();
      sleep(1);
      print("length " + queue.length.toString());
    }
    if (job == "CancelPutters") {
      queue.put(1);
      queue.put(2);
      const waiting = new Putter(3).spawn();
      const promised = new Putter(4).spawn();
      new Putter(5).spawn();
      sleep(1);
      waiting.cancel();
      queue.take();
      promised.cancel();
      sleep(1);
      while (queue.tryTake() == OK) print("took " + queue.value.toString());
    }
    if (job == "Close") {
      for (let i = 1; i <= 4; i++) new Putter(i).spawn();
      sleep(1);
      queue.take();
      queue.close();
      queue.close();
      print("closed " + queue.closed.toString() + ", put " + queue.put(9).toString());
      print("tryPut " + queue.tryPut(9).toString());
      sleep(1);
      print("took " + queue.take().toString() + " " + queue.value.toString());
      print("then " + queue.take().toString() + " " + queue.tryTake().toString());
    }
    if (job == "CloseTakers") {
      const promised = new Taker("promised").spawn();
      new Taker("next").spawn();
      new Taker("last").spawn();
      sleep(1);
      queue.put(1);
      queue.close();
      new Taker("newcomer").spawn();
      promised.cancel();
      sleep(1);
    }
    if (job == "CloseEmpty") {
      new Taker("a").spawn();
      new Taker("b", 5).spawn();
      sleep(1);
      queue.close();
      sleep(1);
    }
    if (job == "Driver") {
      const driver = new Driver();
      driver.arm(5_000_000);
      sleep(6);
    }
    if (job == "Kinds") kinds();
    if (job == "Cost") {
      const relay = new Relay(queue);
      relay.spawn();
      for (let i = 0; i < 100; i++) queue.put(i);
      before = __heap_used();
      for (let i = 0; i < 10_000; i++) queue.put(i);
      used = __heap_used();
      queue.close();
      relay.join();
      print("sum " + relay.sum.toString());
    }
    if (job == "NotTaken") queue.value;
    if (job == "NotThis") {
      queue.put(1);
      queue.put(2);
      queue.take();
      new Taker("other").spawn();
      yieldNow();
      queue.value;
    }
    if (job == "Unread") {
      queue.put(1);
      queue.take();
      queue.tryTake();
      queue.value;
    }
    if (job == "NoRoom") new BoundedQueue<i32>(0);
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}
export { event, step } from "fata/sched/loop";
