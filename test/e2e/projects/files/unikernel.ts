import { addEventHandler, EVENT_USER, EventHandler, KvRo, LogSource, OK, resultName, sleep } from "fata";

const log = new LogSource("files");

/** Reads the file `data` of two stores whenever SIGUSR1 comes, and tells what it is. */
export class Main {
  constructor(
    private tar: KvRo,
    private fat: KvRo,
  ) {}

  start(): void {
    const signal = new Signal();
    addEventHandler(signal);
    for (let told = 0; sleep(10) == OK; ) {
      if (told > signal.count) continue;
      told++;
      log.info(`${told}: tar ${digestOf(this.tar)}, FAT ${digestOf(this.fat)}`);
    }
  }
}

class Signal extends EventHandler {
  count: i32 = 0;

  event(kind: i32): void {
    if (kind == EVENT_USER) this.count++;
  }
}

function digestOf(store: KvRo): string {
  const digest = store.digest("data");
  if (!digest) return resultName(store.error);
  let text = "";
  for (let i = 0; i < 8; i++) text += digest[i].toString(16).padStart(2, "0");
  return text;
}
