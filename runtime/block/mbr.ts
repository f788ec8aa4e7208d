/**
 * The partition table of a master boot record, and those of extended partitions, in which each logical partition has a
 * sector before it with a table of two entries: itself, and the next such sector.
 *
 * Layout of a table's sector: four entries of 16 bytes at 446, 0x55 0xaa at 510. An entry:
 *
 *         0      1          4      5         8          12
 *        |active|first, CHS|type  |last, CHS|first u32 |count u32 |
 */

import { OK, resultName } from "../base/result";
import { addPartition, PartitionEntry, partitionLog } from "./partitionentry";
import { BlockStore } from "./store";

const ENTRIES: usize = 446;
const ENTRY_SIZE: usize = 16;
const TYPE: usize = 4;
const FIRST: usize = 8;
const COUNT: usize = 12;
const PRIMARY_MAX: u32 = 4;
/** Most logical partitions: hostile tables go on without an end. */
const LOGICAL_MAX: u32 = 124;
/** The type of the one partition by which a GPT protects itself (UEFI 2.10, 5.2.3). */
const PROTECTIVE: u8 = 0xee;

function isTable(sector: usize): bool {
  return load<u16>(sector, 510) == 0xaa55;
}

function isExtended(type: u8): bool {
  return type == 0x05 || type == 0x0f || type == 0x85;
}

/** Whether a disk's first sector leaves the partitions to a GPT, or says nothing, as after an accident. */
export function isProtective(sector: usize): bool {
  if (!isTable(sector)) return true;
  for (let i: usize = 0; i < PRIMARY_MAX; i++) {
    if (load<u8>(sector + ENTRIES + i * ENTRY_SIZE, TYPE) == PROTECTIVE) return true;
  }
  return false;
}

/**
 * Reads the table, and those of extended partitions.
 * @param sector the disk's first one
 * @returns OK, or a code
 */
export function readMbr(disk: BlockStore, sector: usize, list: PartitionEntry[]): i32 {
  let outcome = OK;
  for (let i: usize = 0; i < PRIMARY_MAX; i++) {
    const entry = sector + ENTRIES + i * ENTRY_SIZE;
    const type = load<u8>(entry, TYPE);
    const first: u64 = load<u32>(entry, FIRST);
    const count: u64 = load<u32>(entry, COUNT);
    if (!type) continue;
    if (isExtended(type)) outcome = readExtended(disk, first, count, list);
    else addPartition(disk, list, <u32>i + 1, first, count, "");
    if (outcome != OK) return outcome;
  }
  return OK;
}

/**
 * Follows the chain of an extended partition as far as it is sound.
 * @param start its first block; @param count its blocks
 */
function readExtended(disk: BlockStore, start: u64, count: u64, list: PartitionEntry[]): i32 {
  const sector = new Uint8Array(disk.blockSize);
  const table = sector.dataStart;
  let at: u64 = 0;
  for (let number = PRIMARY_MAX + 1; number <= PRIMARY_MAX + LOGICAL_MAX; number++) {
    if (at >= count || start + at >= disk.sectors) return broken("leads out of it");
    const outcome = disk.readTo((start + at) * disk.blockSize, table, sector.byteLength);
    if (outcome != OK) {
      partitionLog().error(`Cannot read an extended partition: ${resultName(outcome)}`);
      return outcome;
    }
    if (!isTable(table)) return broken("has a sector that is no table");
    const logical = table + ENTRIES;
    if (load<u8>(logical, TYPE)) {
      addPartition(disk, list, number, start + at + load<u32>(logical, FIRST), load<u32>(logical, COUNT), "");
    }
    const next = logical + ENTRY_SIZE;
    if (!load<u8>(next, TYPE)) return OK;
    const before = at;
    at = load<u32>(next, FIRST);
    // Tables are written in the order of their places. So there is no circle.
    if (at <= before) return broken("leads back");
  }
  return broken("is too long");
}

/** The partitions before the break are there all the same. */
function broken(why: string): i32 {
  partitionLog().warning(`The chain of an extended partition ${why}: what follows is left out`);
  return OK;
}
