import { consoleWrite, exit, KvBatch, KvRw, OK, resultName } from "fata";
import { keys } from "fata/keys";

/** Counts in two values at once, and prints each number when it is durable. */
export class Main {
  constructor(private store: KvRw) {}

  start(): void {
    const store = this.store;
    const before = store.getText("/count/a");
    let count = before === null ? 0 : <i32>parseInt(before, 10);
    consoleWrite(`from ${count}\n`);
    for (let round = 0; keys.rounds == 0 || round < keys.rounds; round++) {
      count++;
      const batch = new KvBatch();
      const text = Uint8Array.wrap(String.UTF8.encode(`${count}`));
      batch.set("/count/a", text);
      batch.set("/count/b", text);
      const filled = new Uint8Array((count * 37) % 3000);
      filled.fill(<u8>count);
      let result = store.set(`/filled/${count % 30}`, filled);
      if (result == OK) result = store.commit(batch);
      if (result == OK) result = store.sync();
      consoleWrite(`${result == OK ? count.toString() : resultName(result)}\n`);
      if (result != OK) exit(1);
    }
  }
}
