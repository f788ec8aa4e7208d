// Objects that only suspended frames hold: trees, strings, an interior pointer; each turn of a fiber is followed by a
// collection, and freed blocks are filled with junk at once.
import { Fiber, sleep, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";

class Node {
  constructor(
    public id: i32,
    public left: Node | null,
    public right: Node | null,
  ) {}
}

let wrong: i32 = 0;
let checked: i32 = 0;

export function errors(): i32 {
  return wrong;
}

export function checks(): i32 {
  return checked;
}

function tree(depth: i32, id: i32): Node {
  return depth ? new Node(id, tree(depth - 1, id * 2), tree(depth - 1, id * 2 + 1)) : new Node(id, null, null);
}

function check(node: Node | null, depth: i32, id: i32): void {
  checked++;
  if (!node || node.id != id) {
    wrong++;
    return;
  }
  if (!depth) return;
  check(node.left, depth - 1, id * 2);
  check(node.right, depth - 1, id * 2 + 1);
}

function churn(): void {
  for (let i = 0; i < 50; i++) {
    new Node(-1, null, null);
    new Uint8Array(16).fill(0xee);
  }
}

class Recursion extends Fiber {
  constructor(
    private seed: i32,
    private depth: i32,
    private rounds: i32,
  ) {
    super();
  }

  private descend(depth: i32, seed: i32): i32 {
    const nodes = tree(3, seed);
    const text = "s" + seed.toString();
    const bytes = new Uint8Array(16);
    bytes[seed & 7] = <u8>seed;
    const inside = bytes.dataStart + (seed & 7);
    const growing: i32[] = [];
    for (let i = 0; i < (seed & 31); i++) growing.push(seed + i);
    let below = 0;
    if (depth > 0) below = this.descend(depth - 1, seed + 1);
    if ((seed ^ depth) & 1) yieldNow();
    else sleep(seed % 7);
    check(nodes, 3, seed);
    if (text != "s" + seed.toString()) wrong++;
    if (load<u8>(inside) != <u8>seed) wrong++;
    for (let i = 0; i < growing.length; i++) if (growing[i] != seed + i) wrong++;
    return below + nodes.id;
  }

  run(): void {
    for (let i = 0; i < this.rounds; i++) {
      this.descend(this.depth, this.seed + i);
      churn();
    }
  }
}

class Churn extends Fiber {
  run(): void {
    for (let i = 0; i < 200; i++) {
      churn();
      yieldNow();
    }
  }
}

let fibers: i32 = 10;

export function setFibers(count: i32): void {
  fibers = count;
}

class Job extends Fiber {
  run(): void {
    const all: Fiber[] = [new Churn().spawn()];
    for (let i = 0; i < fibers; i++) all.push(new Recursion(i * 100, 4, 5).spawn());
    for (let i = 0; i < all.length; i++) all[i].join();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Job(), now, wall);
}
export { event, step } from "fata/sched/loop";
