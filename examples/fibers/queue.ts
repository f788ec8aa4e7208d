import { BoundedQueue, Fiber, joinAll, log, OK, sleep } from "fata";

class Order {
  constructor(readonly number: i32) {}
}

/** Puts orders into the queue, no faster than they are worked off: it waits while the queue is full. */
class Waitress extends Fiber {
  constructor(private orders: BoundedQueue<Order>) {
    super();
  }

  run(): void {
    for (let number = 1; number <= 5; number++) {
      if (this.orders.put(new Order(number)) != OK) return;
    }
    this.orders.close();
  }
}

/** Takes orders until the queue is closed and empty. */
class Cook extends Fiber {
  constructor(
    private name: string,
    private orders: BoundedQueue<Order>,
  ) {
    super();
  }

  run(): void {
    const orders = this.orders;
    while (orders.take() == OK) {
      const order = orders.value; // before anything that waits: others take, too
      sleep(100);
      log.info(`${this.name}: order ${order.number} is ready`);
    }
    log.info(`${this.name} goes home`);
  }
}

export function queue(): void {
  const orders = new BoundedQueue<Order>(2);
  joinAll([new Waitress(orders).spawn(), new Cook("Anna", orders).spawn(), new Cook("Berta", orders).spawn()]);
}
