import { Fiber, log, sleep } from "fata";

class Heads extends Fiber {
  run(): void {
    sleep(1000);
    log.info("Heads");
  }
}

class Tails extends Fiber {
  run(): void {
    sleep(2000);
    log.info("Tails");
  }
}

export class Main {
  start(): void {
    const heads = new Heads().spawn();
    const tails = new Tails().spawn();
    heads.join();
    tails.join();
    log.info("Finished");
  }
}
