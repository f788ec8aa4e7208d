/** An image with a store of the kind that the argument `kind` names; the test makes its calls, each of which is a fiber. */

import { decodeUtf8 } from "fata/base/utf8";
import { BlockDevice } from "fata/block/device";
import { Crunch } from "fata/kv/crunch";
import { Fat } from "fata/kv/fat";
import { KV_VALUE, KvRo, KvValue } from "fata/kv/kvro";
import { Tar } from "fata/kv/tar";
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";

export { event, step } from "fata/sched/loop";

const EXISTS = 0;
const GET = 1;
const GET_PART = 2;
const SIZE = 3;
const LIST = 4;
const DIGEST = 5;
const MODIFIED = 6;
const TEXT = 7;

let store: KvRo | null = null;
let done: WaitQueue | null = null;

class Main extends Fiber {
  run(): void {
    const kind = stringArgument("kind", "");
    if (kind == "tar") store = new Tar(new BlockDevice("storage"));
    else if (kind == "fat") store = new Fat(new BlockDevice("storage"));
    done = new WaitQueue();
    done!.wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

/** Memory that stays. */
export function allocate(length: usize): usize {
  return heap.alloc(length);
}

export function openCrunch(archive: usize): void {
  store = new Crunch(archive);
}

/** Whether the store was opened, for better or worse. */
export function isOpen(): bool {
  return store !== null;
}

export function status(): i32 {
  return store!.status;
}

class Call extends Fiber {
  result: i64 = 0;
  bytes: Uint8Array | null = null;

  constructor(
    private operation: i32,
    private key: string,
    private offset: u64,
    private length: u32,
  ) {
    super();
  }

  run(): void {
    const kv = store!;
    const key = this.key;
    switch (this.operation) {
      case EXISTS:
        this.result = kv.exists(key);
        return;
      case GET:
        this.take(kv.get(key, this.length));
        return;
      case GET_PART:
        this.take(kv.getPart(key, this.offset, this.length));
        return;
      case SIZE:
        this.result = kv.size(key);
        return;
      case LIST:
        this.list();
        return;
      case DIGEST:
        this.take(kv.digest(key));
        return;
      case MODIFIED:
        this.result = kv.lastModified(key);
        return;
      case TEXT: {
        const text = kv.getText(key);
        this.result = text === null ? kv.error : text.length;
        return;
      }
      default:
        this.readByParts();
    }
  }

  private take(bytes: Uint8Array | null): void {
    this.bytes = bytes;
    this.result = bytes ? bytes.byteLength : store!.error;
  }

  private list(): void {
    const list = store!.list(this.key);
    if (!list) {
      this.result = store!.error;
      return;
    }
    let text = "";
    for (let i = 0; i < list.length; i++) text += `${list[i].kind}${list[i].name}\n`;
    this.take(Uint8Array.wrap(String.UTF8.encode(text)));
  }

  /** Reads a value in parts of a length, as a server would. */
  private readByParts(): void {
    const value = new KvValue();
    const kind = store!.lookup(this.key, value);
    this.result = kind;
    if (kind != KV_VALUE) return;
    const bytes = new Uint8Array(<i32>value.size);
    for (let offset: u32 = 0; ; ) {
      const room = min(this.length, <u32>value.size - offset);
      // With room for one more, the end shows.
      const part = new Uint8Array(room + 1);
      const read = store!.read(value, offset, part.dataStart, room + (room < this.length ? 1 : 0));
      this.result = read;
      if (read < 0) return;
      if (!read) break;
      memory.copy(bytes.dataStart + offset, part.dataStart, read);
      offset += read;
    }
    this.take(bytes);
  }
}

let call: Call | null = null;

/** Begins a call. @param key UTF-8 */
export function begin(operation: i32, key: usize, keyLength: usize, offset: u64, length: u32): void {
  call = new Call(operation, decodeUtf8(key, keyLength)!, offset, length);
  call!.spawn();
}

export function isDone(): bool {
  return call!.done;
}

export function result(): i64 {
  return call!.result;
}

/** Address of what the call returned, or 0. */
export function bytes(): usize {
  const found = call!.bytes;
  return found ? found.dataStart : 0;
}

/** What ten thousand look-ups of a value that is there, and of one that is not, allocate. */
export function allocated(key: usize, length: usize): usize {
  const value = new KvValue();
  const before = __heap_used();
  for (let i = 0; i < 10000; i++) {
    store!.find(key, length, value);
    store!.find(key, length - 1, value);
  }
  return __heap_used() - before;
}
