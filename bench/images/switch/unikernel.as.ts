import { consoleWrite, Fiber, joinAll, measure, yieldNow } from "fata";

/** Switches of one measurement, over all fibers. */
const SWITCHES = 2_000_000;
/** Measurements: the engine compiles hot code anew during the first ones. */
const TURNS = 5;

class Yielder extends Fiber {
  constructor(private times: i32) {
    super();
  }

  run(): void {
    for (let i = 0; i < this.times; i++) yieldNow();
  }
}

/** Prints, for some numbers of fibers that do nothing but yield to each other, the time of a switch in ns. */
export class Main {
  start(): void {
    for (let turn = 0; turn < TURNS; turn++) {
      report(2);
      report(100);
    }
  }
}

function report(fibers: i32): void {
  const list: Fiber[] = [];
  for (let i = 0; i < fibers; i++) list.push(new Yielder(SWITCHES / fibers));
  const begin = measure();
  for (let i = 0; i < fibers; i++) list[i].spawn();
  joinAll(list);
  consoleWrite(`${fibers} ${<f64>(measure() - begin) / SWITCHES}\n`);
}
