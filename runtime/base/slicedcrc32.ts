/**
 * Cyclic redundancy checks of 32 bits, eight bytes at a time ("slicing by 8": M. Kounavis and F. Berry, A Systematic
 * Approach to Building High Performance Software-Based CRC Generators, 2005), for what is checked by the megabyte;
 * crc32.ts is smaller. Reflected, begun with all ones and inverted at the end, as CRC-32 and CRC-32C are.
 */
import { fillTable } from "./crctable";

/** Entries of one of the eight tables. */
const ENTRIES: u32 = 256;
const TABLES: u32 = 8;

/** A check with one polynomial. It keeps tables of 8 KiB: make one, and keep it. */
export class SlicedCrc32 {
  private readonly tables: usize = heap.alloc((<usize>(TABLES * ENTRIES)) << 2);

  /** @param polynomial its bits in reversed order */
  constructor(polynomial: u32) {
    const tables = this.tables;
    fillTable(tables, polynomial);
    for (let i: u32 = ENTRIES; i < TABLES * ENTRIES; i++) {
      const before = load<u32>(tables + ((<usize>(i - ENTRIES)) << 2));
      store<u32>(tables + ((<usize>i) << 2), (before >>> 8) ^ load<u32>(tables + ((<usize>(before & 0xff)) << 2)));
    }
  }

  /**
   * The checksum of an area, or of one that goes on.
   * @param ptr its address; @param length its bytes; @param before checksum of what lies before it, 0 for nothing
   */
  of(ptr: usize, length: usize, before: u32 = 0): u32 {
    const t = this.tables;
    let crc = ~before;
    const whole = ptr + (length & ~7);
    const end = ptr + length;
    for (; ptr < whole; ptr += 8) {
      const a = load<u32>(ptr) ^ crc;
      const b = load<u32>(ptr, 4);
      crc =
        load<u32>(t + ((<usize>(a & 0xff)) << 2), 7168) ^
        load<u32>(t + ((<usize>((a >>> 8) & 0xff)) << 2), 6144) ^
        load<u32>(t + ((<usize>((a >>> 16) & 0xff)) << 2), 5120) ^
        load<u32>(t + ((<usize>(a >>> 24)) << 2), 4096) ^
        load<u32>(t + ((<usize>(b & 0xff)) << 2), 3072) ^
        load<u32>(t + ((<usize>((b >>> 8) & 0xff)) << 2), 2048) ^
        load<u32>(t + ((<usize>((b >>> 16) & 0xff)) << 2), 1024) ^
        load<u32>(t + ((<usize>(b >>> 24)) << 2));
    }
    for (; ptr < end; ptr++) crc = (crc >>> 8) ^ load<u32>(t + ((<usize>((crc ^ load<u8>(ptr)) & 0xff)) << 2));
    return ~crc;
  }
}
