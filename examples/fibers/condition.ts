import { Condition, Fiber, log, Mutex, OK, resultName, sleep } from "fata";

/** A tank that is filled by one and emptied by others. */
class Tank {
  private litres: i32 = 0;
  private lock: Mutex = new Mutex();
  private filled: Condition = new Condition(this.lock);

  fill(litres: i32): void {
    if (this.lock.lock() != OK) return;
    this.litres += litres;
    this.filled.notifyAll();
    this.lock.unlock();
  }

  /** Waits until there is as much, for at most `ms` each time that there is not. @returns OK or why there is not */
  draw(litres: i32, ms: u64): i32 {
    let result = this.lock.lock();
    if (result != OK) return result;
    while (this.litres < litres && result == OK) result = this.filled.wait(ms);
    if (result == OK) this.litres -= litres;
    this.lock.unlock();
    return result;
  }
}

class Pump extends Fiber {
  constructor(private tank: Tank) {
    super();
  }

  run(): void {
    while (sleep(100) == OK) this.tank.fill(5);
  }
}

export function condition(): void {
  const tank = new Tank();
  const pump = new Pump(tank).spawn();
  log.info(`10 litres: ${resultName(tank.draw(10, 1000))}`);
  log.info(`5 litres at once: ${resultName(tank.draw(5, 50))}`);
  pump.cancel();
}
