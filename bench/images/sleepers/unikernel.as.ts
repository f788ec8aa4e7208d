import { consoleWrite, Fiber, sleep } from "fata";

const FIBERS = 100_000;
const HOUR: u64 = 3_600_000;

let asleep = 0;

class Sleeper extends Fiber {
  run(): void {
    asleep++;
    sleep(HOUR);
  }
}

/** Puts fibers to sleep, then prints how many there are and the bytes of linear memory. */
export class Main {
  start(): void {
    for (let i = 0; i < FIBERS; i++) new Sleeper().spawn();
    while (asleep < FIBERS) sleep(1);
    consoleWrite(`${asleep} ${(<u64>memory.size()) << 16}\n`);
  }
}
