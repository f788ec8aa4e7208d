import { log, sleep } from "fata";
import { keys } from "fata/keys";

export class Main {
  start(): void {
    for (let i = 0; i < 4; i++) {
      log.info(keys.hello);
      sleep(1000);
    }
  }
}
