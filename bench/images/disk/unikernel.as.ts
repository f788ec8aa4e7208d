import { BlockDevice, consoleWrite, Fiber, joinAll, now, OK, panic, randomU32, resultName } from "fata";
import { keys } from "fata/keys";

/** Buffers begin at a page, as O_DIRECT wants it. */
const PAGE: usize = 4096;

/** Requests that were completed since the measurement began. */
let requests: u32 = 0;
let cursor: u64 = 0;
let seed: u64 = 0;

/** Makes one request after the other until a time, and counts them from an earlier one on. */
class Worker extends Fiber {
  private buffer: Uint8Array;

  constructor(
    private storage: BlockDevice,
    private begin: u64,
    private end: u64,
  ) {
    super();
    const whole = new ArrayBuffer(keys.length + <i32>PAGE);
    const start = changetype<usize>(whole);
    this.buffer = Uint8Array.wrap(whole, <i32>(((start + PAGE - 1) & ~(PAGE - 1)) - start), keys.length);
  }

  run(): void {
    const storage = this.storage;
    const buffer = this.buffer;
    const write = keys.write;
    while (now() < this.end) {
      const offset = nextOffset(storage);
      const result = write ? storage.write(offset, buffer) : storage.read(offset, buffer);
      if (result != OK) panic(`at ${offset}: ${resultName(result)}`);
      if (now() >= this.begin) requests++;
    }
  }
}

function nextOffset(storage: BlockDevice): u64 {
  const length = <u64>keys.length;
  const places = storage.size / length;
  if (!keys.random) {
    if (++cursor >= places) cursor = 0;
    return cursor * length;
  }
  // xorshift64 (G. Marsaglia, 2003)
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return ((seed >> 32) % places) * length;
}

/** Keeps requests in flight for a while, then prints how many there were and in how many ns. */
export class Main {
  constructor(private storage: BlockDevice) {}

  start(): void {
    seed = <u64>randomU32() | 1;
    const begin = now() + <u64>keys.warm * 1_000_000;
    const end = begin + <u64>keys.run * 1_000_000;
    const workers: Fiber[] = [];
    for (let i = 0; i < keys.depth; i++) workers.push(new Worker(this.storage, begin, end).spawn());
    joinAll(workers);
    consoleWrite(`${requests} ${now() - begin}\n`);
  }
}
