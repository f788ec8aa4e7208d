import {
  addEventHandler,
  BlockDevice,
  EVENT_USER,
  EventHandler,
  Fiber,
  joinAll,
  LogSource,
  OK,
  resultName,
  sleep,
} from "fata";
import { keys } from "fata/keys";

const log = new LogSource("pattern");

/** Fibers that use the disk at once: more than the device takes requests at a time. */
const FIBERS = 50;
/** Bytes of a request. */
const CHUNK = 8192;

/**
 * Sums up what is on a disk, writes a pattern over all of it, and sums that up. test/e2e/block.test.ts makes the same
 * pattern and the same sum, and compares.
 */
export class Main {
  constructor(private storage: BlockDevice) {}

  start(): void {
    log.info(`found ${this.sum()}`);
    const signal = new Signal();
    addEventHandler(signal);
    while (keys.wait && !signal.came) sleep(10);
    const result = this.perform(true);
    log.info(`write: ${resultName(result)}`);
    log.info(`flush: ${resultName(this.storage.flush())}`);
    log.info(`left ${this.sum()}`);
  }

  private sum(): string {
    total = 0;
    const result = this.perform(false);
    return result == OK ? total.toString() : resultName(result);
  }

  /** Writes or sums up the whole disk, on many fibers. */
  private perform(write: bool): i32 {
    const fibers: Fiber[] = [];
    for (let i = 0; i < FIBERS; i++) fibers.push(new Part(this.storage, i, write).spawn());
    joinAll(fibers);
    for (let i = 0; i < FIBERS; i++) {
      const result = changetype<Part>(fibers[i]).result;
      if (result != OK) return result;
    }
    return OK;
  }
}

class Signal extends EventHandler {
  came: bool = false;

  event(kind: i32): void {
    if (kind == EVENT_USER) this.came = true;
  }
}

let total: u32 = 0;

/** Works on every FIBERS-th chunk. */
class Part extends Fiber {
  result: i32 = OK;

  constructor(
    private storage: BlockDevice,
    private first: u64,
    private write: bool,
  ) {
    super();
  }

  run(): void {
    const storage = this.storage;
    for (let at = this.first * CHUNK; at < storage.size; at += FIBERS * CHUNK) {
      const buffer = new Uint8Array(<i32>min<u64>(CHUNK, storage.size - at));
      if (this.write) fill(buffer, at);
      this.result = this.write ? storage.write(at, buffer) : storage.read(at, buffer);
      if (this.result != OK) return;
      if (!this.write) add(buffer, at);
    }
  }
}

/** Fills a chunk with what a linear congruential generator makes of the seed and the chunk's number. */
function fill(buffer: Uint8Array, at: u64): void {
  let word = <u32>keys.seed + <u32>(at / CHUNK);
  for (let i = 0; i < buffer.length; i += 4) {
    word = word * 1664525 + 1013904223;
    store<u32>(buffer.dataStart + i, word);
  }
}

/** Adds the words of a chunk, each times an odd number that its place on the disk gives. */
function add(buffer: Uint8Array, at: u64): void {
  for (let i = 0; i < buffer.length; i += 4) total += load<u32>(buffer.dataStart + i) * ((<u32>at + i) / 2 + 1);
}
