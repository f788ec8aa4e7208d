/** How large the parts of a FAT volume are (Microsoft's "FAT: General Overview of On-Disk Format" 1.03). */

export const SECTOR = 512;
/** Copies of the FAT. */
export const COPIES = 2;

/** A kind of volume. */
export interface FatKind {
  readonly bits: 12 | 16 | 32;
  /** Bytes of a cluster. */
  readonly cluster: number;
}

export interface FatShape extends FatKind {
  /** Sectors before the FAT. */
  readonly reserved: number;
  /** Sectors of each copy of the FAT. */
  readonly fatSectors: number;
  /** Entries of the root directory; 0 on FAT32, where it is a chain of clusters. */
  readonly rootEntries: number;
  readonly clusters: number;
  readonly sectors: number;
}

/** Small volumes first. The number of clusters tells the kinds apart, so each has a least and a most of them. */
const kinds: readonly (FatKind & { readonly least: number; readonly most: number })[] = [
  { bits: 12, cluster: 512, least: 1, most: 4068 },
  { bits: 12, cluster: 2048, least: 1, most: 4068 },
  { bits: 16, cluster: 2048, least: 4101, most: 65_500 },
  { bits: 16, cluster: 16_384, least: 4101, most: 65_500 },
  { bits: 32, cluster: 4096, least: 65_541, most: 0x0fff_fff0 },
];

/**
 * The smallest shape that holds what is needed.
 * @param rootEntries entries of the root directory
 * @param clustersWith how many clusters all else needs, of a size; on FAT32 the root directory is among it
 */
export function chooseShape(rootEntries: number, clustersWith: (kind: FatKind) => number): FatShape | undefined {
  for (const { least, most, ...kind } of kinds) {
    const clusters = Math.max(clustersWith(kind), least);
    const rootRoom = kind.bits === 32 ? 0 : Math.ceil(Math.max(rootEntries, 64) / 16) * 16;
    if (clusters > most || rootRoom > 0xfff0) continue;
    const reserved = kind.bits === 32 ? 32 : 1;
    const fatSectors = Math.ceil(((clusters + 2) * kind.bits) / 8 / SECTOR);
    const rootSectors = (rootRoom * 32) / SECTOR;
    const sectors = reserved + COPIES * fatSectors + rootSectors + clusters * (kind.cluster / SECTOR);
    if (sectors > 0xffff_ffff) continue;
    return { ...kind, reserved, fatSectors, rootEntries: rootRoom, clusters, sectors };
  }
  return undefined;
}

/** The first sector of a volume; with that of FAT32 the sector behind it, which counts free clusters. */
export function bootSectors(shape: FatShape, serial: number, used: number): Buffer {
  const { bits, cluster, reserved, fatSectors, rootEntries, clusters, sectors } = shape;
  const is32 = bits === 32;
  const boot = Buffer.alloc(SECTOR * 2);
  boot.set([0xeb, is32 ? 0x58 : 0x3c, 0x90]);
  boot.write("fata    ", 3, "latin1");
  boot.writeUInt16LE(SECTOR, 11);
  boot.writeUInt8(cluster / SECTOR, 13);
  boot.writeUInt16LE(reserved, 14);
  boot.writeUInt8(COPIES, 16);
  boot.writeUInt16LE(rootEntries, 17);
  if (sectors < 0x10000 && !is32) boot.writeUInt16LE(sectors, 19);
  else boot.writeUInt32LE(sectors, 32);
  boot.writeUInt8(0xf8, 21); // a fixed disk
  if (!is32) boot.writeUInt16LE(fatSectors, 22);
  boot.writeUInt16LE(32, 24); // sectors and heads of old disks
  boot.writeUInt16LE(8, 26);
  if (is32) {
    boot.writeUInt32LE(fatSectors, 36);
    boot.writeUInt32LE(2, 44); // the root directory's first cluster
    boot.writeUInt16LE(1, 48); // the sector behind this
    boot.writeUInt16LE(6, 50); // the copy of both
  }
  const extended = is32 ? 64 : 36;
  boot.writeUInt8(0x80, extended);
  boot.writeUInt8(0x29, extended + 2);
  boot.writeUInt32LE(serial, extended + 3);
  boot.write(`NO NAME    FAT${bits}   `, extended + 7, "latin1");
  boot.writeUInt16LE(0xaa55, 510);
  if (!is32) return boot.subarray(0, SECTOR);
  boot.writeUInt32LE(0x41615252, SECTOR);
  boot.writeUInt32LE(0x61417272, SECTOR + 484);
  boot.writeUInt32LE(clusters - used, SECTOR + 488);
  boot.writeUInt32LE(used + 2, SECTOR + 492);
  boot.writeUInt32LE(0xaa550000, SECTOR + 508);
  return boot;
}

/** Puts the number of the next cluster at a cluster's place in the FAT. */
export function setNext(fat: Buffer, bits: number, cluster: number, next: number): void {
  if (bits === 32) fat.writeUInt32LE(next, cluster * 4);
  else if (bits === 16) fat.writeUInt16LE(next & 0xffff, cluster * 2);
  else {
    const at = (cluster * 3) >> 1;
    const pair = fat.readUInt16LE(at);
    fat.writeUInt16LE(cluster & 1 ? (pair & 0x000f) | ((next & 0xfff) << 4) : (pair & 0xf000) | (next & 0xfff), at);
  }
}
