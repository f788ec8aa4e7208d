/**
 * The shape of a FAT12, FAT16 or FAT32 volume and its chains of clusters, after Microsoft's "FAT: General Overview of
 * On-Disk Format" 1.03. The numbers of its first sector are checked once; those of the FAT itself each time.
 *
 *     | reserved | FAT, and its copies | root directory of FAT12/16 | clusters 2, 3, ... |
 */

import { OK, resultName } from "../base/result";
import { ByteReader } from "../block/bytes";
import { BlockStore } from "../block/store";
import { LogSource } from "../sys/log";
import { E_INVALID } from "../sys/results";

/** Most clusters of FAT12. */
const FAT12_MAX: u64 = 4084;
/** Numbers of FAT32 have 28 bits. */
const FAT32_MASK: u32 = 0x0fffffff;

export class FatVolume {
  /** OK, or why it is none, which was logged. */
  status: i32 = OK;
  /** Why `next` returned 0: OK at the chain's end. */
  failure: i32 = OK;
  /** Bytes of a cluster. */
  clusterSize: u32 = 512;
  /** First cluster of the root directory, or 0 on FAT12 and FAT16. */
  rootCluster: u32 = 0;
  /** Of FAT12 and FAT16: where the root directory is, and its bytes. */
  rootStart: u64 = 0;
  rootSize: u32 = 0;
  /** Clusters are numbered from 2 on: how many there are. */
  clusters: u32 = 0;
  /** For directories and files. */
  readonly data: ByteReader;
  private bits: u32 = 12;
  private fatStart: u64 = 0;
  private dataStart: u64 = 0;
  private readonly fat: ByteReader;
  private readonly word: usize = heap.alloc(4);

  constructor(disk: BlockStore) {
    this.data = new ByteReader(disk);
    this.fat = new ByteReader(disk);
    this.status = this.open(disk);
  }

  private open(disk: BlockStore): i32 {
    const log = new LogSource("fat");
    const sector = heap.alloc(512);
    const outcome = disk.size < 512 ? E_INVALID : this.data.read(0, sector, 512);
    const sound = outcome == OK && this.readShape(sector);
    heap.free(sector);
    if (sound) {
      const end = this.clusterStart(2) + <u64>this.clusters * this.clusterSize;
      if (end > disk.size) log.warning("The file system is larger than its disk: what is past the end cannot be read");
      return OK;
    }
    if (outcome == OK || outcome == E_INVALID) log.error("The disk holds no FAT file system, or a damaged one");
    else log.error(`Cannot read the file system: ${resultName(outcome)}`);
    return outcome == OK ? E_INVALID : outcome;
  }

  /** Reads the first sector's numbers. @returns whether they can be */
  private readShape(sector: usize): bool {
    const sectorSize: u64 = load<u16>(sector, 11);
    const perCluster: u64 = load<u8>(sector, 13);
    const reserved: u64 = load<u16>(sector, 14);
    const copies: u64 = load<u8>(sector, 16);
    const rootEntries: u64 = load<u16>(sector, 17);
    const total: u64 = load<u16>(sector, 19) ? load<u16>(sector, 19) : load<u32>(sector, 32);
    const isFat32 = !load<u16>(sector, 22);
    const fatSectors: u64 = isFat32 ? load<u32>(sector, 36) : load<u16>(sector, 22);
    if (load<u16>(sector, 510) != 0xaa55) return false;
    if (popcnt(sectorSize) != 1 || sectorSize < 512 || sectorSize > 4096) return false;
    if (popcnt(perCluster) != 1 || !reserved || !copies || !fatSectors) return false;

    const rootSectors = (rootEntries * 32 + sectorSize - 1) / sectorSize;
    const rootSector = reserved + copies * fatSectors;
    const dataSector = rootSector + rootSectors;
    if (total <= dataSector) return false;
    const clusters = (total - dataSector) / perCluster;
    this.bits = isFat32 ? 32 : clusters > FAT12_MAX ? 16 : 12;
    // Each cluster has its number in the FAT, which begins with two others.
    if (!clusters || clusters > FAT32_MASK - 16 || ((clusters + 2) * this.bits + 7) / 8 > fatSectors * sectorSize)
      return false;
    this.clusters = <u32>clusters;
    this.clusterSize = <u32>(perCluster * sectorSize);
    this.rootStart = rootSector * sectorSize;
    this.rootSize = <u32>(rootEntries * 32);
    this.dataStart = dataSector * sectorSize;
    this.fatStart = reserved * sectorSize;
    if (!isFat32) return rootEntries != 0;
    // Where the copies are not kept alike, one of them counts.
    const flags = load<u16>(sector, 40);
    if (flags & 0x80 && (flags & 15) < <u16>copies) this.fatStart += <u64>(flags & 15) * fatSectors * sectorSize;
    this.rootCluster = load<u32>(sector, 44);
    return this.isCluster(this.rootCluster);
  }

  /** Whether there is such a cluster. */
  isCluster(cluster: u32): bool {
    return cluster >= 2 && cluster - 2 < this.clusters;
  }

  /** Where a cluster begins on the device. */
  clusterStart(cluster: u32): u64 {
    return this.dataStart + <u64>(cluster - 2) * this.clusterSize;
  }

  /** The cluster behind one in its chain, or 0 at the end and where the chain is broken: see `failure`. */
  next(cluster: u32): u32 {
    const bits = this.bits;
    const length = bits == 32 ? 4 : 2;
    const word = this.word;
    this.failure = this.fat.read(this.fatStart + (<u64>cluster * bits) / 8, word, length);
    if (this.failure != OK) return 0;
    let value: u32 = bits == 32 ? load<u32>(word) & FAT32_MASK : load<u16>(word);
    if (bits == 12) value = cluster & 1 ? value >>> 4 : value & 0xfff;
    const last: u32 = bits == 32 ? FAT32_MASK : (1 << bits) - 1;
    if (value >= last - 7) return 0;
    if (this.isCluster(value)) return value;
    this.failure = E_INVALID; // free, bad, or no cluster at all
    return 0;
  }
}
