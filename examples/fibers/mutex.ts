import { Fiber, joinAll, log, Mutex, OK, resultName, sleep } from "fata";

/** Money that is counted slowly, so that another fiber could count it at the same time. */
class Account {
  private balance: i32 = 0;
  private lock: Mutex = new Mutex();

  /** @returns OK, or why it was not paid in: E_CANCELLED */
  deposit(amount: i32): i32 {
    const result = this.lock.lock();
    if (result != OK) return result;
    const before = this.balance;
    sleep(10); // others run meanwhile, but none is between lock and unlock
    this.balance = before + amount;
    this.lock.unlock();
    log.info(`${before} + ${amount} = ${this.balance}`);
    return OK;
  }
}

class Saver extends Fiber {
  constructor(
    private account: Account,
    private amount: i32,
  ) {
    super();
  }

  run(): void {
    const result = this.account.deposit(this.amount);
    if (result != OK) log.warning(`not paid in: ${resultName(result)}`);
  }
}

export function mutex(): void {
  const account = new Account();
  const savers: Fiber[] = [];
  for (let amount = 1; amount <= 3; amount++) savers.push(new Saver(account, amount).spawn());
  joinAll(savers);
}
