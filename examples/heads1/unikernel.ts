import { Fiber, joinAll, log, sleep } from "fata";

/** A coin that takes its time to land. */
class Coin extends Fiber {
  constructor(
    private face: string,
    private seconds: u64,
  ) {
    super();
  }

  run(): void {
    sleep(this.seconds * 1000);
    log.info(this.face);
  }
}

export class Main {
  start(): void {
    joinAll([new Coin("Heads", 1).spawn(), new Coin("Tails", 2).spawn()]);
    log.info("Finished");
  }
}
