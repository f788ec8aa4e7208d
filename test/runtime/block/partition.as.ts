/** An image that reads the partition table of its disk "storage", then a partition of it, and a disk in memory. */

import { BlockDevice } from "fata/block/device";
import { MemoryDisk } from "fata/block/memory";
import { Partition, readPartitions } from "fata/block/partition";
import { PartitionEntry } from "fata/block/partitionentry";
import { BlockStore } from "fata/block/store";
import { Fiber, WaitQueue } from "fata/sched/fiber";
import { boot } from "fata/sched/loop";
import { stringArgument } from "fata/sys/args";
import { consoleWrite } from "fata/sys/console";

export { event, step } from "fata/sched/loop";

const NONE: BlockStore = new MemoryDisk(0);

let device: BlockStore = NONE;
const buffers: Uint8Array[] = [];

class Main extends Fiber {
  run(): void {
    const disk = new BlockDevice("storage");
    const list: PartitionEntry[] = [];
    const outcome = readPartitions(disk, list);
    consoleWrite(`outcome ${outcome}\n`);
    for (let i = 0; i < list.length; i++) {
      const entry = list[i];
      consoleWrite(`${entry.number} ${entry.offset} ${entry.size} ${entry.name}\n`);
    }
    const which = stringArgument("which", "");
    if (which == "memory") device = new MemoryDisk(65536);
    else if (which.length) device = new Partition(disk, which);
    new WaitQueue().wait();
  }
}

export function start(now: u64, wall: u64): u64 {
  return boot(new Main(), now, wall);
}

/** A call of the device: its buffers are those that `prepare` made. */
class Call extends Fiber {
  result: i32 = 1;

  constructor(
    private operation: i32,
    private offset: u64,
    private length: u32,
  ) {
    super();
  }

  run(): void {
    const store = device;
    const first = buffers.length ? buffers[0].dataStart : 0;
    switch (this.operation) {
      case 0:
        this.result = store.read(this.offset, buffers[0]);
        break;
      case 1:
        this.result = store.write(this.offset, buffers[0]);
        break;
      case 2:
        this.result = store.readv(this.offset, buffers);
        break;
      case 3:
        this.result = store.writev(this.offset, buffers);
        break;
      case 4:
        this.result = store.readTo(this.offset, first, this.length);
        break;
      case 5:
        this.result = store.writeFrom(this.offset, first, this.length);
        break;
      case 6:
        this.result = store.flush();
        break;
      default:
        this.result = store.discard(this.offset, this.length);
    }
  }
}

let call: Call | null = null;

/** Forgets the buffers of the last call. */
export function clear(): void {
  while (buffers.length) buffers.pop();
}

/** A buffer for the next call. @returns its address */
export function prepare(length: i32): usize {
  const buffer = new Uint8Array(length);
  buffers.push(buffer);
  return buffer.dataStart;
}

export function begin(operation: i32, offset: u64, length: u32): void {
  call = new Call(operation, offset, length);
  call!.spawn();
}

/** The outcome of the call, or 1 while it is under way. */
export function result(): i32 {
  return call!.result;
}

export function size(): u64 {
  return device.size;
}

export function blockSize(): u32 {
  return device.blockSize;
}

export function readOnly(): bool {
  return device.readOnly;
}
