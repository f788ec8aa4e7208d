import { exit, KvRw, log, OK, resultName } from "fata";

/** Keeps a value on a disk, and reads it again. */
export class Main {
  constructor(private store: KvRw) {}

  start(): void {
    const store = this.store;
    const before = store.getText("/foo");
    if (before !== null) log.info(`/foo was there before: ${before}`);

    let result = store.setText("/foo", "Hello World!");
    // From here on it is visible, and after this it is durable.
    if (result == OK) result = store.sync();
    if (result != OK) {
      log.error(`cannot write /foo: ${resultName(result)}`);
      exit(1);
    }

    const text = store.getText("/foo");
    if (text === null) {
      log.error(`cannot read /foo: ${resultName(store.error)}`);
      exit(1);
    } else {
      log.info(`foo: ${text}`);
    }
  }
}
