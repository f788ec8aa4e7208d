import { log, randomBelow, sleep } from "fata";

/** Stands in for a peer that sends lines: one comes within 2.5 seconds, and has up to 19 letters. */
function readLine(): string {
  sleep(randomBelow(2500));
  return "a".repeat(randomBelow(20));
}

export class Main {
  start(): void {
    for (let lines = 0; lines < 10; lines++) log.info(readLine());
  }
}
