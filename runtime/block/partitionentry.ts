/** What the tables of partitions have in common. */
import { LogSource } from "../sys/log";
import { BlockStore } from "./store";

/** Where what is wrong with a table is told. It seldom is: no object is kept for it. */
export function partitionLog(): LogSource {
  return new LogSource("partition");
}

/** A partition, as the table of its disk has it. */
export class PartitionEntry {
  /**
   * @param number as Linux counts: from 1, logical ones of an MBR from 5
   * @param offset of its first byte; @param size bytes
   * @param name of GPT only, else empty
   */
  constructor(
    readonly number: u32,
    readonly offset: u64,
    readonly size: u64,
    readonly name: string,
  ) {}
}

/**
 * Adds a partition to a list, or warns that it cannot be.
 * @param first block; @param count of blocks
 */
export function addPartition(
  disk: BlockStore,
  list: PartitionEntry[],
  number: u32,
  first: u64,
  count: u64,
  name: string,
): void {
  if (first && count && first < disk.sectors && count <= disk.sectors - first) {
    list.push(new PartitionEntry(number, first * disk.blockSize, count * disk.blockSize, name));
  } else {
    partitionLog().warning(`Partition ${number} reaches past the disk's end, or has none: it is left out`);
  }
}
