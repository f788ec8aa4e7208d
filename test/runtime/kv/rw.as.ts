/** A read-write store on the disk "storage", whose calls the test makes: each runs on a fiber of its own. */
import { BlockDevice } from "fata/block/device";
import { BlockStore } from "fata/block/store";
import { KvRo } from "fata/kv/kvro";
import { KvBatch } from "fata/kv/rw/batch";
import { KvSnapshot } from "fata/kv/rw/snapshot";
import { KvRw } from "fata/kv/rw/store";
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { boolArgument, i32Argument } from "fata/sys/args";

export { event, step } from "fata/sched/loop";

const SET = 0;
const SET_PART = 1;
const GET = 2;
const GET_PART = 3;
const EXISTS = 4;
const SIZE = 5;
const REMOVE = 6;
const RENAME = 7;
const LIST = 8;
const BATCH = 9;
const SYNC = 10;
const MODIFIED = 11;
const OPEN_SNAPSHOT = 12;
const CLOSE_SNAPSHOT = 13;
const SET_FROM = 14;

class Call extends Fiber {
  result: i64 = 0;
  bytes: Uint8Array = new Uint8Array(0);

  constructor(
    private operation: i32,
    private target: i32,
    private key: string,
    private other: string,
    private offset: u64,
    private length: u32,
    private input: Uint8Array,
  ) {
    super();
  }

  run(): void {
    const kv = store!;
    const reader: KvRo = this.target < 0 ? kv : snapshots[this.target]!;
    const key = this.key;
    const operation = this.operation;
    if (operation == SET) this.result = kv.set(key, this.input);
    else if (operation == SET_FROM) {
      const name = Uint8Array.wrap(String.UTF8.encode(key));
      this.result = kv.setFrom(name.dataStart, name.byteLength, this.input.dataStart, this.input.byteLength);
    } else if (operation == SET_PART) this.result = kv.setPart(key, this.offset, this.input);
    else if (operation == GET) this.take(reader, reader.get(key));
    else if (operation == GET_PART) this.take(reader, reader.getPart(key, this.offset, this.length));
    else if (operation == EXISTS) this.result = reader.exists(key);
    else if (operation == SIZE) this.result = reader.size(key);
    else if (operation == MODIFIED) this.result = reader.lastModified(key);
    else if (operation == REMOVE) this.result = kv.remove(key);
    else if (operation == RENAME) this.result = kv.rename(key, this.other);
    else if (operation == LIST) this.list(reader);
    else if (operation == BATCH) this.result = kv.commit(batch);
    else if (operation == SYNC) this.result = kv.sync();
    else if (operation == OPEN_SNAPSHOT) {
      const snapshot = kv.snapshot();
      this.result = snapshot ? snapshots.push(snapshot) - 1 : kv.error;
    } else if (operation == CLOSE_SNAPSHOT) snapshots[this.target]!.close();
  }

  private take(reader: KvRo, bytes: Uint8Array | null): void {
    if (bytes) this.bytes = bytes;
    else this.result = reader.error;
  }

  private list(reader: KvRo): void {
    const entries = reader.list(this.key);
    if (!entries) {
      this.result = reader.error;
      return;
    }
    let text = "";
    for (let i = 0; i < entries.length; i++) text += `${entries[i].kind}${entries[i].name}\n`;
    this.bytes = Uint8Array.wrap(String.UTF8.encode(text));
  }
}

let store: KvRw | null = null;
let batch = new KvBatch();
const snapshots: (KvSnapshot | null)[] = [];
const calls: (Call | null)[] = [];
let input = new Uint8Array(0);
let key = "";
let other = "";

let device: BlockStore | null = null;

/** Makes another store of the same disk. */
export function reopen(): void {
  store = new KvRw(device!, boolArgument("format", false), i32Argument("cache", 1));
}

class Main extends Fiber {
  run(): void {
    device = new BlockDevice("storage");
    reopen();
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

/** Address of `length` bytes for the next call. */
export function room(length: i32): usize {
  input = new Uint8Array(length);
  return input.dataStart;
}

/** Makes what is there the key of the next call. */
export function takeKey(): void {
  key = String.UTF8.decode(input.buffer);
}

export function takeOther(): void {
  other = String.UTF8.decode(input.buffer);
}

/** Begins a batch anew. */
export function newBatch(): void {
  batch = new KvBatch();
}

export function batchSet(): void {
  batch.set(key, input);
}

export function batchRemove(): void {
  batch.remove(key);
}

/** Makes a call. @returns its number */
export function call(operation: i32, target: i32, offset: u64, length: u32): i32 {
  const call = new Call(operation, target, key, other, offset, length, input);
  call.spawn();
  return calls.push(call) - 1;
}

export function cancel(call: i32): void {
  calls[call]!.cancel();
}

export function isDone(call: i32): bool {
  return calls[call]!.done;
}

export function resultOf(call: i32): i64 {
  return calls[call]!.result;
}

export function bytesOf(call: i32): usize {
  return calls[call]!.bytes.dataStart;
}

export function lengthOf(call: i32): i32 {
  return calls[call]!.bytes.byteLength;
}

/** The call is not needed any more. */
export function forget(call: i32): void {
  calls[call] = null;
}
