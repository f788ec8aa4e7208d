import { Fiber, joinAll, log, sleep } from "fata";

/** Says hello three times, at its own pace. */
class Greeter extends Fiber {
  constructor(private seconds: i32) {
    super();
  }

  run(): void {
    for (let i = 0; i < 3; i++) {
      sleep(this.seconds * 1000);
      log.info(`hello from the loop that sleeps ${this.seconds} s`);
    }
  }
}

export class Main {
  start(): void {
    const greeters: Fiber[] = [];
    for (let seconds = 1; seconds <= 5; seconds++) greeters.push(new Greeter(seconds).spawn());
    joinAll(greeters);
  }
}
