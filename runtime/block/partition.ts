/**
 * Partitions of a disk: where they are, and each as a device of its own.
 *
 * What the table of a disk says is not believed: a partition that reaches past the disk's end is left out, with a warning.
 */

import { OK, resultName } from "../base/result";
import { E_NOT_FOUND } from "../sys/results";
import { readGpt } from "./gpt";
import { isProtective, readMbr } from "./mbr";
import { PartitionEntry, partitionLog } from "./partitionentry";
import { BlockStore } from "./store";

/**
 * Reads the partition table of a disk: GPT, else MBR.
 * @param list is filled in the table's order
 * @returns OK; E_INVALID when there is no table, which is logged, or another code
 */
export function readPartitions(disk: BlockStore, list: PartitionEntry[]): i32 {
  const first = new Uint8Array(disk.blockSize);
  const outcome = disk.size ? disk.readTo(0, first.dataStart, first.byteLength) : OK;
  if (outcome != OK) {
    partitionLog().error(`Cannot read the partition table: ${resultName(outcome)}`);
    return outcome;
  }
  return isProtective(first.dataStart) ? readGpt(disk, list) : readMbr(disk, first.dataStart, list);
}

/** A partition as a device. */
export class Partition extends BlockStore {
  /** OK; or why there is none, which was logged. Each call then gives this code. */
  status: i32 = OK;
  private offset: u64 = 0;

  /**
   * Looks it up in the disk's table, for which the fiber waits.
   * @param which its number, such as "1", or its name in GPT
   */
  constructor(
    private disk: BlockStore,
    which: string,
  ) {
    super();
    this.blockSize = disk.blockSize;
    this.readOnly = disk.readOnly;
    this.canDiscard = disk.canDiscard;
    this.status = this.find(which);
  }

  private find(which: string): i32 {
    const list: PartitionEntry[] = [];
    const outcome = readPartitions(this.disk, list);
    if (outcome != OK) return outcome;
    for (let i = 0; i < list.length; i++) {
      const entry = list[i];
      if (entry.name != which && entry.number.toString() != which) continue;
      this.offset = entry.offset;
      this.size = entry.size;
      return OK;
    }
    partitionLog().error(`There is no partition ${which}; the disk has ${listNames(list)}`);
    return E_NOT_FOUND;
  }

  read(offset: u64, buffer: Uint8Array): i32 {
    const wrong = this.check(offset, buffer.byteLength);
    return wrong == OK ? this.disk.read(this.offset + offset, buffer) : wrong;
  }

  write(offset: u64, buffer: Uint8Array): i32 {
    const wrong = this.check(offset, buffer.byteLength);
    return wrong == OK ? this.disk.write(this.offset + offset, buffer) : wrong;
  }

  readv(offset: u64, buffers: Uint8Array[]): i32 {
    const wrong = this.check(offset, lengthOf(buffers));
    return wrong == OK ? this.disk.readv(this.offset + offset, buffers) : wrong;
  }

  writev(offset: u64, buffers: Uint8Array[]): i32 {
    const wrong = this.check(offset, lengthOf(buffers));
    return wrong == OK ? this.disk.writev(this.offset + offset, buffers) : wrong;
  }

  readTo(offset: u64, ptr: usize, length: u32): i32 {
    const wrong = this.check(offset, length);
    return wrong == OK ? this.disk.readTo(this.offset + offset, ptr, length) : wrong;
  }

  writeFrom(offset: u64, ptr: usize, length: u32): i32 {
    const wrong = this.check(offset, length);
    return wrong == OK ? this.disk.writeFrom(this.offset + offset, ptr, length) : wrong;
  }

  flush(): i32 {
    return this.status == OK ? this.disk.flush() : this.status;
  }

  discard(offset: u64, length: u64): i32 {
    const wrong = this.check(offset, length);
    return wrong == OK ? this.disk.discard(this.offset + offset, length) : wrong;
  }

  private check(offset: u64, length: u64): i32 {
    return this.status == OK ? this.checkRange(offset, length) : this.status;
  }
}

function lengthOf(buffers: Uint8Array[]): u64 {
  let length: u64 = 0;
  for (let i = 0; i < buffers.length; i++) length += buffers[i].byteLength;
  return length;
}

/** The partitions of a disk, for messages. */
function listNames(list: PartitionEntry[]): string {
  let names = "";
  for (let i = 0; i < list.length; i++) {
    if (i) names += ", ";
    names += list[i].number.toString();
    if (list[i].name.length) names += ' "' + list[i].name + '"';
  }
  return names.length ? names : "none";
}
