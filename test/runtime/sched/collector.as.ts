// The traps of the collector, each as a job chosen by --job.
import { Fiber, sleep, WaitQueue, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";
import { consoleWrite } from "fata/sys/console";

function print(text: string): void {
  consoleWrite(text + "\n");
}

class Box {
  constructor(public value: i32) {}
}

export function pages(): i32 {
  return memory.size();
}

export function collect(): u32 {
  __collect();
  return <u32>__heap_used();
}

/** Holds heap objects in an array that lies in static data and that only its frame refers to. */
class StaticHolder extends Fiber {
  run(): void {
    const boxes = shared;
    shared = new StaticArray<Box | null>(0);
    boxes[0] = new Box(42);
    boxes[1] = new Box(43);
    for (let i = 0; i < 3; i++) {
      sleep(1);
      for (let j = 0; j < 1000; j++) new Box(-1);
    }
    print((changetype<usize>(boxes) < __heap_base ? "static " : "heap ") + boxes[0]!.value.toString());
    print(boxes[1]!.value.toString());
  }
}

let shared: StaticArray<Box | null> = [null, null];

/** What the collector could take for an object: with the class id of an array and a fitting size. */
const table = memory.data<u32>([36, 0, 0, 5, 4, 0x7ffffff0, 0x7ffffff0, 0x7ffffff0, 0x7ffffff0]);

/** Has more in its frames than the limit allows. */
class Deep extends Fiber {
  constructor(private depth: i32) {
    super();
  }
  private down(depth: i32, a: i64, b: i64, c: i64, d: i64): i64 {
    if (depth == 0) {
      yieldNow();
      return a;
    }
    const below = this.down(depth - 1, b + 1, c + 2, d + 3, a + 4);
    return below + a * b + c * d;
  }
  run(): void {
    print("deep " + this.down(this.depth, 1, 2, 3, 4).toString());
  }
}

/** Allocates, in each turn less than the limit of memory, in all much more. */
class Spender extends Fiber {
  constructor(
    private turns: i32,
    private bytes: i32,
  ) {
    super();
  }
  run(): void {
    let kept: Uint8Array | null = null;
    for (let i = 0; i < this.turns; i++) {
      kept = new Uint8Array(this.bytes);
      kept[0] = <u8>i;
      yieldNow();
      assert(kept[0] == <u8>i);
    }
    print("spent");
  }
}

class Greedy extends Fiber {
  run(): void {
    const all: Uint8Array[] = [];
    for (;;) all.push(new Uint8Array(100_000));
  }
}

/** Sleeps with a large array in its frame. */
class Retainer extends Fiber {
  run(): void {
    const large = new Uint8Array(4_000_000);
    large[5] = 5;
    sleep(10);
    assert(large[5] == 5);
  }
}

/** Takes all memory that 32 bits can address, and gives some back, that objects find room in. */
function fill(): void {
  const spare = heap.alloc(8_000_000);
  while (memory.size() < 65536) {
    const left = 65536 - memory.size();
    heap.alloc(left > 16384 ? 256 << 20 : left > 200 ? 4 << 20 : 60_000);
  }
  heap.free(spare);
}

/** Holds objects in its frame. */
class BoxHolder extends Fiber {
  run(): void {
    const first = new Box(42);
    const second = new Box(43);
    sleep(5);
    print("held " + first.value.toString() + " " + second.value.toString());
  }
}

const gate = new WaitQueue();

class Crowd extends Fiber {
  run(): void {
    sleep(1_000_000);
  }
}

class Job extends Fiber {
  run(): void {
    const name = stringArgument("job", "");
    if (name == "static") new StaticHolder().spawn().join();
    if (name == "data") print("data " + load<u32>(table).toString());
    if (name == "deep") new Deep(500).spawn().join();
    if (name == "too-deep") new Deep(2000).spawn().join();
    if (name == "spend") new Spender(20_000, 100_000).spawn().join();
    if (name == "greedy") new Greedy().spawn().join();
    if (name == "retain") {
      for (let i = 0; i < 5; i++) new Retainer().spawn();
      sleep(5);
      print("during " + (collect() > 20_000_000 ? "held" : "lost"));
      sleep(20);
      print("after " + (collect() < 1_000_000 ? "released" : "retained"));
      gate.wait();
    }
    if (name == "spend-rest") {
      const raw = heap.alloc(5_000_000);
      const kept = new Uint8Array(1_100_000);
      new Spender(1000, 20_000).spawn().join();
      kept[0] = load<u8>(raw);
    }
    if (name == "full") {
      fill();
      const holder = new BoxHolder().spawn();
      sleep(1);
      collect();
      for (let i = 0; i < 10_000; i++) new Box(-1);
      holder.join();
    }
    if (name == "crowd") {
      for (let i = 0; i < 100_000; i++) new Crowd().spawn();
      gate.wait();
    }
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Job(), now, wall);
}
export { event, step } from "fata/sched/loop";
