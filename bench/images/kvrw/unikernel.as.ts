import { consoleWrite, exit, Fiber, joinAll, KvRw, KvValue, measure, OK, panic, resultName } from "fata";
import { keys } from "fata/keys";

let value = new Uint8Array(0);
let seed: u32 = 1;

function next(): u32 {
  // xorshift32 (G. Marsaglia, 2003)
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

function expect(result: i32): void {
  if (result != OK) panic(resultName(result));
}

/** Sets values, and syncs after each. */
class Setter extends Fiber {
  private name: Uint8Array = new Uint8Array(32);

  constructor(
    private store: KvRw,
    private count: i32,
  ) {
    super();
  }

  run(): void {
    for (let i = 0; i < this.count; i++) {
      set(this.store, this.name, next() % keys.keys);
      expect(this.store.sync());
    }
  }
}

/** Does one kind of work, then prints how many pieces of it there were, in how many ns, and the bytes of memory. */
export class Main {
  constructor(private store: KvRw) {}

  start(): void {
    value = new Uint8Array(keys.length);
    for (let i = 0; i < keys.length; i++) value[i] = <u8>i;
    let begin = measure();
    expect(this.store.open());
    if (keys.work == "commit") {
      begin = measure();
      this.commit();
    } else if (keys.work == "fill") {
      begin = measure();
      this.fill();
    } else if (keys.work == "get") {
      this.warm();
      begin = measure();
      this.get();
    }
    consoleWrite(`${keys.count} ${measure() - begin} ${memory.size() << 16}\n`);
    exit(0);
  }

  private commit(): void {
    const fibers: Fiber[] = [];
    for (let i = 0; i < keys.fibers; i++) fibers.push(new Setter(this.store, keys.count / keys.fibers).spawn());
    joinAll(fibers);
  }

  /** All keys, made durable at the end. */
  private fill(): void {
    const name = new Uint8Array(32);
    for (let i: u32 = 0; i < <u32>keys.keys; i++) set(this.store, name, i);
    expect(this.store.sync());
  }

  private warm(): void {
    for (let i: u32 = 0; i < <u32>keys.keys; i++) this.store.get(`/k/${i}`);
  }

  private get(): void {
    const store = this.store;
    const found = new KvValue();
    const name = new Uint8Array(32);
    for (let i = 0; i < keys.count; i++) {
      const length = write(name.dataStart, next() % keys.keys);
      store.find(name.dataStart, length, found);
      if (store.read(found, 0, value.dataStart, keys.length) != keys.length) panic("a value is missing");
    }
  }
}

/** Sets a value. @param name memory for its key */
function set(store: KvRw, name: Uint8Array, i: u32): void {
  expect(store.setFrom(name.dataStart, write(name.dataStart, i), value.dataStart, value.byteLength));
}

/** Writes a key without allocating. @returns its bytes */
function write(ptr: usize, i: u32): i32 {
  store<u8>(ptr, 0x2f);
  store<u8>(ptr + 1, 0x6b);
  store<u8>(ptr + 2, 0x2f);
  let digits = 1;
  for (let rest = i; rest >= 10; rest /= 10) digits++;
  for (let at = digits; at-- > 0; i /= 10) store<u8>(ptr + 3 + at, <u8>(0x30 + (i % 10)));
  return 3 + digits;
}
