import { log, sleep } from "fata";

export class Main {
  start(): void {
    for (let i = 0; i < 4; i++) {
      log.info("hello");
      sleep(1000);
    }
  }
}
