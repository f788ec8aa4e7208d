/**
 * Disks that anybody may have written: tar archives, FAT file systems, partition tables. Opening and reading them must end
 * without a trap, and within what there is.
 */
import { crc32 } from "node:zlib";
import { compileGuest } from "../support/guest.ts";
import type { Target } from "./target.ts";

const guest = await compileGuest(import.meta.url, "storage.as.ts");
const SIZE = 65536;
const SECTOR = 512;
/** Inputs for one instance: each leaves what a store takes for good. */
const INSTANCE = 200;
/** Steps that an input may take. */
const STEPS = 50;

export const tarTarget = (): Target => target("tar", 0, sealTar);
export const fatTarget = (): Target => target("fat", 1, (disk) => disk);
export const partitionsTarget = (): Target => target("partitions", 2, layPartitions);

/** @param change gives half of the inputs right sums, or puts all of them where they matter */
function target(name: string, kind: number, change: (disk: Buffer) => Buffer): Target {
  let tender = guest.instantiate().start().settle();
  let fed = 0;
  return {
    name,
    feed(input) {
      if (++fed % INSTANCE === 0) tender = guest.instantiate().start().settle();
      const disk = Buffer.alloc(SIZE);
      disk.set(input.subarray(0, SIZE));
      const bytes = fed % 2 || name === "partitions" ? change(disk) : disk;
      tender.memory.bytes(Number(tender.exports["disk"]?.()), SIZE).set(bytes);
      tender.exports["begin"]?.(kind);
      try {
        for (let i = 0; i < STEPS && !tender.exports["isDone"]?.(); i++) tender.step();
      } catch (error) {
        const why = tender.explain(error);
        tender = guest.instantiate().start().settle();
        throw why;
      }
      if (!tender.exports["isDone"]?.()) throw new Error("it does not end");
    },
  };
}

/** Gives each block that looks like a header of tar its sum. */
function sealTar(disk: Buffer): Buffer {
  for (let at = 0; at < disk.length; at += SECTOR) {
    const block = disk.subarray(at, at + SECTOR);
    if (!/^ustar/.test(block.toString("latin1", 257, 262))) continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((sum, byte) => sum + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return disk;
}

/** Puts 64 bytes at the MBR's table, 64 at that of each of two logical ones, 92 at GPT's header, the rest to its entries. */
function layPartitions(input: Buffer): Buffer {
  const disk = Buffer.alloc(SIZE);
  const [mbr, logical, next, header] = [446, 40 * SECTOR + 446, 50 * SECTOR + 446, SECTOR];
  input.copy(disk, mbr, 0, 64);
  input.copy(disk, logical, 64, 128);
  input.copy(disk, next, 128, 192);
  for (const at of [0, 40 * SECTOR, 50 * SECTOR]) disk.writeUInt16LE(0xaa55, at + 510);
  input.copy(disk, header, 192, 284);
  input.copy(disk, 2 * SECTOR, 284, 284 + 4 * 128);
  const size = Math.min(disk.readUInt32LE(header + 12), SECTOR);
  const length = disk.readUInt32LE(header + 80) * disk.readUInt32LE(header + 84);
  if (length <= 16 * 1024) disk.writeUInt32LE(crc32(disk.subarray(2 * SECTOR, 2 * SECTOR + length)), header + 88);
  disk.writeUInt32LE(0, header + 16);
  disk.writeUInt32LE(crc32(disk.subarray(header, header + size)), header + 16);
  return disk;
}
