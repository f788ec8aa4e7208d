/** Opens whatever is in memory as a disk, and reads all that is found there, within limits. */

import { MemoryDisk } from "fata/block/memory";
import { Partition, readPartitions } from "fata/block/partition";
import { PartitionEntry } from "fata/block/partitionentry";
import { BlockStore } from "fata/block/store";
import { Fat } from "fata/kv/fat";
import { KV_DICTIONARY, KvRo, KvValue } from "fata/kv/kvro";
import { Tar } from "fata/kv/tar";
import { Fiber } from "fata/sched/fiber";

export { event, start, step } from "../support/idle.as";

const SIZE: u32 = 65536;
/** Calls for one input: a hostile tree has no end. */
const CALLS: i32 = 200;

const area = heap.alloc(SIZE);

/** Where the disk's bytes are to be put: 64 KiB. */
export function disk(): usize {
  return area;
}

class Visit extends Fiber {
  private calls: i32 = 0;

  constructor(private kind: i32) {
    super();
  }

  run(): void {
    const disk = new MemoryDisk(SIZE);
    disk.writeFrom(0, area, SIZE);
    if (this.kind == 0) this.walk(new Tar(disk), "", 0);
    else if (this.kind == 1) this.walk(new Fat(disk), "", 0);
    else this.partitions(disk);
  }

  private walk(store: KvRo, key: string, depth: i32): void {
    const list = store.list(key);
    if (!list) return;
    for (let i = 0; i < list.length && this.calls++ < CALLS; i++) {
      const below = key + "/" + list[i].name;
      const value = new KvValue();
      const kind = store.lookup(below, value);
      if (kind == KV_DICTIONARY && depth < 6) this.walk(store, below, depth + 1);
      else if (kind > 0) this.read(store, value);
    }
  }

  private read(store: KvRo, value: KvValue): void {
    const buffer = new Uint8Array(1000);
    let offset: u64 = 0;
    for (let i = 0; i < 20; i++) {
      const read = store.read(value, offset, buffer.dataStart, buffer.byteLength);
      assert(read <= buffer.byteLength, "more was read than wanted");
      if (read <= 0) return;
      offset += read;
      assert(offset <= value.size, "more was read than there is");
    }
    // And somewhere behind.
    store.read(value, value.size / 2, buffer.dataStart, buffer.byteLength);
  }

  private partitions(disk: BlockStore): void {
    const list: PartitionEntry[] = [];
    readPartitions(disk, list);
    for (let i = 0; i < list.length; i++) {
      const entry = list[i];
      assert(
        entry.offset > 0 && entry.size > 0 && entry.offset + entry.size <= disk.size,
        "a partition is not on the disk",
      );
      const partition = new Partition(disk, entry.number.toString());
      const block = new Uint8Array(512);
      assert(partition.read(partition.size - 512, block) == 0, "a partition cannot be read to its end");
    }
  }
}

let visit: Visit | null = null;

/** Begins to read the disk. @param kind 0: tar, 1: FAT, 2: partitions */
export function begin(kind: i32): void {
  visit = new Visit(kind);
  visit!.spawn();
}

export function isDone(): bool {
  return visit!.done;
}
