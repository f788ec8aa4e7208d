/** An image with one block device, "storage", whose requests the test makes: each is a fiber with buffers of its own. */
import { BlockDevice } from "fata/block/device";
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";

export { event, step } from "fata/sched/loop";

const READ = 0;
const WRITE = 1;
const READV = 2;
const WRITEV = 3;
const DISCARD = 5;
const READ_TO = 6;
const WRITE_FROM = 7;

class Request extends Fiber {
  result: i32 = 0;

  constructor(
    private operation: i32,
    private offset: u64,
    readonly buffers: Uint8Array[],
  ) {
    super();
  }

  run(): void {
    const device = storage!;
    const buffers = this.buffers;
    if (this.operation == READ) this.result = device.read(this.offset, buffers[0]);
    else if (this.operation == WRITE) this.result = device.write(this.offset, buffers[0]);
    else if (this.operation == READV) this.result = device.readv(this.offset, buffers);
    else if (this.operation == WRITEV) this.result = device.writev(this.offset, buffers);
    else if (this.operation == DISCARD) this.result = device.discard(this.offset, buffers[0].byteLength);
    else if (this.operation == READ_TO)
      this.result = device.readTo(this.offset, buffers[0].dataStart, buffers[0].byteLength);
    else if (this.operation == WRITE_FROM)
      this.result = device.writeFrom(this.offset, buffers[0].dataStart, buffers[0].byteLength);
    else this.result = device.flush();
  }
}

let storage: BlockDevice | null = null;
const requests: (Request | null)[] = [];

class Main extends Fiber {
  run(): void {
    storage = new BlockDevice(stringArgument("device", "storage"));
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

/** Makes a request with `count` buffers of `length` bytes, to be filled before it is spawned. @returns its number */
export function prepare(operation: i32, offset: u64, count: i32, length: i32): i32 {
  const buffers: Uint8Array[] = [];
  for (let i = 0; i < count; i++) buffers.push(new Uint8Array(length));
  return requests.push(new Request(operation, offset, buffers)) - 1;
}

/** Address of a buffer of the device's own making. */
export function aligned(length: i32): usize {
  const buffer = storage!.buffer(length);
  assert(buffer.byteLength == length);
  return buffer.dataStart;
}

/** Address of a buffer. */
export function bufferOf(request: i32, index: i32): usize {
  return requests[request]!.buffers[index].dataStart;
}

/** Makes the last buffer of a request a longer or shorter one. */
export function resizeLast(request: i32, length: i32): void {
  const buffers = requests[request]!.buffers;
  buffers[buffers.length - 1] = new Uint8Array(length);
}

export function spawn(request: i32): void {
  requests[request]!.spawn();
}

export function cancel(request: i32): void {
  requests[request]!.cancel();
}

export function isDone(request: i32): bool {
  return requests[request]!.done;
}

export function resultOf(request: i32): i32 {
  return requests[request]!.result;
}

/** Forgets a request: nothing but the device may hold its buffers any more. */
export function forget(request: i32): void {
  requests[request] = null;
}

export function size(): u64 {
  return storage!.size;
}

export function sectors(): u64 {
  return storage!.sectors;
}

export function blockSize(): u32 {
  return storage!.blockSize;
}

export function readOnly(): bool {
  return storage!.readOnly;
}

/** Collects garbage. To be called between steps. */
export function collect(): void {
  __collect();
}

/** Bytes of all objects. */
export function heapUsed(): usize {
  return __heap_used();
}

/** Writes, reads and flushes again and again, with nothing but the device that could allocate. */
class Loop extends Fiber {
  /** What the heap grew by, after the first round (in which the fiber's own frames are allocated). */
  growth: usize = 0;
  rounds: i32 = 0;

  run(): void {
    const device = storage!;
    const buffer = new Uint8Array(4096);
    const buffers = [new Uint8Array(512), new Uint8Array(1024)];
    let used: usize = 0;
    for (; this.rounds < 100; this.rounds++) {
      if (this.rounds == 1) used = __heap_used();
      device.write(0, buffer);
      device.writev(4096, buffers);
      device.flush();
      device.read(512, buffer);
      device.readv(0, buffers);
      device.read(1, buffer);
      device.readTo(0, buffer.dataStart, 1024);
      device.writeFrom(0, buffer.dataStart, 1024);
    }
    this.growth = __heap_used() - used;
  }
}

const loop = new Loop();

export function spawnLoop(): void {
  loop.spawn();
}

export function loopRounds(): i32 {
  return loop.rounds;
}

export function loopGrowth(): usize {
  return loop.growth;
}
