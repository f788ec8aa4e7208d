/** The end of an image: what was written before connections were closed still goes out, as far as the peers take it soon. */
import { Fiber, sleep } from "../../sched/fiber";
import { ConnectionTable } from "./table";

/** How often to look, in ms, and how many times: a second in all. */
const INTERVAL: u64 = 10;
const TIMES: i32 = 100;

export class Linger extends Fiber {
  constructor(private table: ConnectionTable) {
    super();
  }

  run(): void {
    for (let i = 0; i < TIMES && this.table.isClosing(); i++) sleep(INTERVAL);
  }
}
