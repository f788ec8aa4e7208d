/**
 * The GUID partition table (UEFI 2.10, 5.3). Its header is in block 1, and again in the last one; each says where a table
 * of its own is, and has the CRC-32 of itself and of the table.
 *
 * Header:
 *
 *         0           4           8          12
 *     0  |"EFI PART"             |revision   |header size|
 *    16  |CRC-32     |reserved   |this block (u64)       |
 *    32  |other header (u64)     |first usable (u64)     |
 *    48  |last usable (u64)      |disk GUID ...
 *    72  |table's block (u64)    |entries    |entry size |
 *    88  |table CRC  |
 *
 * Entry: type GUID, own GUID, first u64, last u64 (it belongs to the partition), attributes u64, name in UTF-16 (36 units).
 */

import { crc32 } from "../base/crc32";
import { OK, resultName } from "../base/result";
import { E_INVALID } from "../sys/results";
import { addPartition, PartitionEntry, partitionLog } from "./partitionentry";
import { BlockStore } from "./store";

/** "EFI " and "PART" */
const SIGNATURE: u32 = 0x20494645;
const SIGNATURE_END: u32 = 0x54524150;
const HEADER_MIN: u32 = 92;
const ENTRY_MIN: u32 = 128;
/** Most bytes of a table; one has 16 KiB by custom. */
const TABLE_MAX: u32 = 256 * 1024;
const NAME_UNITS: i32 = 36;

/**
 * Reads the table by the first header, or by the last one if the first or its table is damaged.
 * @returns OK, E_INVALID when both are, or another code
 */
export function readGpt(disk: BlockStore, list: PartitionEntry[]): i32 {
  let outcome = readBy(disk, 1, list);
  if (outcome == OK) return OK;
  const last = disk.sectors - 1;
  if (disk.sectors > 2) outcome = readBy(disk, last, list);
  if (outcome == OK) partitionLog().warning("The partition table is damaged: its copy at the disk's end is used");
  else if (outcome == E_INVALID) partitionLog().error("The disk has no partition table, or a damaged one and no copy");
  else partitionLog().error(`Cannot read the partition table: ${resultName(outcome)}`);
  return outcome;
}

/** @param place block of the header */
function readBy(disk: BlockStore, place: u64, list: PartitionEntry[]): i32 {
  if (place >= disk.sectors) return E_INVALID;
  const block = new Uint8Array(disk.blockSize);
  const header = block.dataStart;
  const outcome = disk.readTo(place * disk.blockSize, header, block.byteLength);
  if (outcome != OK) return outcome;
  return isHeader(header, disk.blockSize, place) ? readTable(disk, header, list) : E_INVALID;
}

function isHeader(header: usize, room: u32, place: u64): bool {
  const size = load<u32>(header, 12);
  if (load<u32>(header) != SIGNATURE || load<u32>(header, 4) != SIGNATURE_END) return false;
  if (size < HEADER_MIN || size > room) return false;
  if (load<u64>(header, 24) != place) return false;
  // The sum is of the header with a zero in its own place.
  const sum = load<u32>(header, 16);
  store<u32>(header, 0, 16);
  return crc32(header, size) == sum;
}

function readTable(disk: BlockStore, header: usize, list: PartitionEntry[]): i32 {
  const first = load<u64>(header, 40);
  const last = load<u64>(header, 48);
  const place = load<u64>(header, 72);
  const count = load<u32>(header, 80);
  const size = load<u32>(header, 84);
  // An entry is 128 bytes, or a power of two times as long.
  if (size < ENTRY_MIN || popcnt(size) != 1 || count > TABLE_MAX / size || !count) return E_INVALID;
  const length = count * size;
  const blocks = (length + disk.blockSize - 1) / disk.blockSize;
  if (place >= disk.sectors || blocks > disk.sectors - place) return E_INVALID;
  const table = new Uint8Array(blocks * disk.blockSize);
  const outcome = disk.readTo(place * disk.blockSize, table.dataStart, table.byteLength);
  if (outcome != OK) return outcome;
  if (crc32(table.dataStart, length) != load<u32>(header, 88)) return E_INVALID;
  for (let i: u32 = 0; i < count; i++) {
    const entry = table.dataStart + <usize>(i * size);
    // A type of zeros: no partition.
    if (!(load<u64>(entry) | load<u64>(entry, 8))) continue;
    const from = load<u64>(entry, 32);
    const to = load<u64>(entry, 40);
    const usable = from >= first && to <= last && from <= to;
    addPartition(disk, list, i + 1, from, usable ? to - from + 1 : 0, nameOf(entry + 56));
  }
  return OK;
}

function nameOf(ptr: usize): string {
  let units = 0;
  while (units < NAME_UNITS && load<u16>(ptr + ((<usize>units) << 1))) units++;
  return String.UTF16.decodeUnsafe(ptr, (<usize>units) << 1);
}
