import { Fiber, joinAll, log, OK, Semaphore, sleep } from "fata";

/** Work of which only so much may go on at once. */
class Job extends Fiber {
  constructor(
    private name: string,
    private permits: Semaphore,
  ) {
    super();
  }

  run(): void {
    if (this.permits.acquire() != OK) return;
    log.info(`${this.name} begins`);
    sleep(100);
    log.info(`${this.name} ends`);
    this.permits.release();
  }
}

export function semaphore(): void {
  const permits = new Semaphore(2);
  const jobs: Fiber[] = [];
  for (let i = 1; i <= 4; i++) jobs.push(new Job(`job ${i}`, permits).spawn());
  joinAll(jobs);
}
