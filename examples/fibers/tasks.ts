import { Fiber, Fn0, joinAll, log, OK, race, resultName, sleep, spawn, timeout } from "fata";

/** Counts at its own pace. */
class Counter extends Fiber {
  constructor(
    private name: string,
    private pace: u64,
    private end: i32,
  ) {
    super();
  }

  run(): void {
    for (let i = 1; i <= this.end; i++) {
      const result = sleep(this.pace);
      if (result != OK) return log.info(`${this.name}: ${resultName(result)}`);
      log.info(`${this.name}: ${i}`);
    }
  }
}

/** Takes its time to multiply. */
class Square extends Fn0<i32> {
  constructor(private n: i32) {
    super();
  }

  call(): i32 {
    sleep(100);
    return this.n * this.n;
  }
}

export function tasks(): void {
  // Both at once; wait for both.
  joinAll([new Counter("fast", 100, 3).spawn(), new Counter("slow", 250, 1).spawn()]);

  // A function on a fiber of its own, and its result.
  const square = spawn<i32>(new Square(7));
  square.join();
  log.info(`7 * 7 = ${square.value}`);

  // Who is first; the others are cancelled.
  const first = race([new Counter("tortoise", 300, 1).spawn(), new Counter("hare", 200, 1).spawn()]);
  log.info(first == 1 ? "the hare wins" : "the tortoise wins");

  // No longer than 150 ms; then it is cancelled.
  const result = timeout(new Counter("late", 100, 9).spawn(), 150);
  log.info(`timeout: ${resultName(result)}`);

  // When the fiber is no longer needed.
  const counter = new Counter("idle", 100, 9);
  counter.spawn();
  sleep(250);
  counter.cancel();
  counter.join();
}
