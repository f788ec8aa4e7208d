// Code that waits at all kinds of places. Whether it does is the test's choice, and must not change what it finds out.
import { Fiber, yieldNow } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";
import { consoleWrite } from "fata/sys/console";

/** Every so many calls of `pause` wait. */
let every: i32 = 0;
let calls: i32 = 0;
let waits: i32 = 0;

/** @returns how often it was called */
function pause(): i32 {
  calls++;
  if (every && calls % every == 0) {
    waits++;
    yieldNow();
  }
  return calls;
}

/** Locals of all types live on behind a wait; what is returned has each of the types, too. */
function long(a: u64, b: i32): u64 {
  const f: f64 = <f64>a / 3;
  const g: f32 = <f32>b / 7;
  const n = pause();
  return a * 3 + <u64>(f * 1000) + <u64>(g * 1000) + b + n;
}

function double(a: f64): f64 {
  return a / <f64>pause();
}

function float(a: f32): f32 {
  return <f32>pause() / a;
}

/** Waits in operands, of which those before are computed once. */
function operands(a: i32): i32 {
  return (a * pause() - pause()) * (pause() + (a > 5 ? pause() : -a)) + (a & 1 && pause() > 3 ? pause() : 2);
}

/** Waits in both arms, in one, in none; in conditions; in loops that are left and begun again. */
function branches(a: i32): i32 {
  let sum = 0;
  for (let i = 0; i < a; i++) {
    if (i % 3 == 0) sum += pause();
    else if (i % 3 == 1) sum -= pause() * 2;
    else sum ^= i;
    if (pause() % 5 == 4) continue;
    if (i % 4 == 3) {
      sum += i;
    } else {
      sum += pause() + i;
      do {
        sum += 3;
      } while (pause() % 3 != 0);
    }
    if (sum > 5000) break;
    while (pause() % 7 > 4) if (pause() % 2) sum *= 2;
    sum %= 10007;
  }
  return sum;
}

function choices(a: i32): i32 {
  let sum = pause();
  switch (a % 6) {
    case 0:
    case 1:
      sum += pause() * 10;
      break;
    case 2:
      return pause() - sum;
    case 3:
      sum = 1;
      break;
    default:
      for (let i = 0; i < 3; i++) sum += i * pause();
  }
  return sum * pause();
}

function deep(a: i32): i32 {
  return a == 0 ? pause() : deep(a - 1) * 3 + (a % 2 ? pause() : deep(a >> 1)) - a;
}

/** Different classes wait differently. */
abstract class Shape {
  constructor(protected side: i32) {}
  abstract area(): i32;
}
class Square extends Shape {
  area(): i32 {
    return this.side * this.side;
  }
}
class Slow extends Shape {
  area(): i32 {
    const side = this.side;
    return side + pause() + this.side;
  }
}
class Slower extends Slow {
  area(): i32 {
    return pause() * super.area() + pause();
  }
}

function shapes(a: i32): i32 {
  const all: StaticArray<Shape> = [new Square(a), new Slow(a), new Slower(a), new Square(a + 1)];
  let sum = 0;
  for (let i = 0; i < all.length; i++) sum = sum * 3 + all[i].area();
  return sum;
}

class Job extends Fiber {
  run(): void {
    for (let a = 0; a < 40; a++) {
      const whole = long((<u64>a) << 33, a) + <u64>(double(a + 1) * 1e6) + <u64>(float(<f32>a + 1) * 1e6);
      const text = [operands(a), branches(a), choices(a), deep(a % 7), shapes(a)].join(" ");
      consoleWrite(whole.toString() + " " + text + " " + calls.toString() + "\n");
    }
    consoleWrite("waits " + waits.toString() + "\n");
  }
}

export function start(now: u64, wall: u64): u64 {
  every = <i32>parseInt(stringArgument("every", "0"), 10);
  return boot(new Job(), now, wall);
}
export { event, step } from "fata/sched/loop";
