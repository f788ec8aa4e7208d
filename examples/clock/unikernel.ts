import { log, now, sleep, wallNow } from "fata";

/** The speaking clock: tells the time once a second, until it is stopped. */
export class Main {
  start(): void {
    for (;;) {
      const date = new Date(wallNow() / 1_000_000);
      log.info(`${now()} nanoseconds have elapsed.`);
      log.info(`At the stroke, the time will be ${date.toISOString()} *BEEP*`);
      sleep(1000);
    }
  }
}
