/**
 * The entries of a FAT directory, 32 bytes each, with long names. A long name stands before its short entry in up to 20
 * entries of 13 characters, the last one first, and has the sum of the short name, by which leftovers are told.
 *
 *     short:  0 name (8)  8 extension (3)  11 attributes  12 case  20 cluster, high  22 time  24 date  26 cluster  28 size
 *     long:   0 order (0x40 the last)  1 characters (5)  11 0x0f  13 sum  14 characters (6)  28 characters (2)
 */

import { OK } from "../base/result";
import { loadUtf16, storeUtf8, utf8Size } from "../base/utf8";
import { FatVolume } from "./fatvolume";

const ENTRY: u32 = 32;
/** Most entries of a directory. */
const ENTRIES_MAX: u32 = 65536;
const LONG_MAX: u32 = 20;
const LONG_UNITS: u32 = 13;
const LONG: u8 = 0x0f;
const LABEL: u8 = 0x08;
const FOLDER: u8 = 0x10;
const DOT: u8 = 0x2e;
/** Bytes of a name in UTF-8: 255 characters of up to three. */
const NAME_MAX: i32 = 768;

/** Goes through a directory. */
export class FatDirectory {
  /** The name of the entry, in UTF-8. */
  readonly name: StaticArray<u8> = new StaticArray<u8>(NAME_MAX);
  nameLength: u32 = 0;
  isFolder: bool = false;
  cluster: u32 = 0;
  size: u32 = 0;
  /** In ns since 1970, the volume's clock taken for UTC. */
  modified: i64 = 0;
  private readonly entry: StaticArray<u8> = new StaticArray<u8>(ENTRY);
  private readonly long: StaticArray<u16> = new StaticArray<u16>(LONG_MAX * LONG_UNITS + 1);
  /** The long name's next part, counted down to 0 when it is whole; -1 when there is none. */
  private part: i32 = -1;
  private sum: u8 = 0;
  /** Entries read. */
  private count: u32 = 0;
  /** Where the next entry is, and the bytes left there. */
  private place: u64 = 0;
  private rest: u32 = 0;

  /** @param first its first cluster; 0 for the root directory of FAT12 and FAT16 */
  constructor(
    private volume: FatVolume,
    private current: u32,
  ) {
    this.place = current ? volume.clusterStart(current) : volume.rootStart;
    this.rest = current ? volume.clusterSize : volume.rootSize;
  }

  /** Goes to the next file or folder. @returns 1, 0 when there is none, or a code */
  next(): i32 {
    const entry = changetype<usize>(this.entry);
    for (; this.count < ENTRIES_MAX; this.count++) {
      if (!this.rest) {
        const next = this.current ? this.volume.next(this.current) : 0;
        // Where the chain is broken, the directory ends; what is before can be read.
        if (!next) return this.current && this.volume.failure != OK && !this.count ? this.volume.failure : 0;
        this.current = next;
        this.place = this.volume.clusterStart(next);
        this.rest = this.volume.clusterSize;
      }
      const outcome = this.volume.data.read(this.place, entry, ENTRY);
      if (outcome != OK) return outcome;
      this.place += ENTRY;
      this.rest -= ENTRY;
      const first = load<u8>(entry);
      if (!first) return 0;
      if (this.take(entry, first)) {
        this.count++;
        return 1;
      }
    }
    return 0;
  }

  /** Takes an entry. @returns whether it is a file or a folder */
  private take(entry: usize, first: u8): bool {
    const attributes = load<u8>(entry, 11);
    if (first != 0xe5 && (attributes & 0x3f) == LONG) {
      this.takeLong(entry, first);
      return false;
    }
    const long = this.part == 0 && this.sum == sumOf(entry);
    this.part = -1;
    // Deleted; "." and ".."; the volume's label.
    if (first == 0xe5 || first == DOT || attributes & LABEL) return false;
    if (!(long ? this.nameLong() : this.nameShort(entry))) return false;
    this.isFolder = (attributes & FOLDER) != 0;
    this.cluster = ((<u32>load<u16>(entry, 20)) << 16) | load<u16>(entry, 26);
    this.size = this.isFolder ? 0 : load<u32>(entry, 28);
    this.modified = timeOf(load<u16>(entry, 24), load<u16>(entry, 22));
    return true;
  }

  private takeLong(entry: usize, first: u8): void {
    const order: i32 = first & 0x3f;
    const sum = load<u8>(entry, 13);
    const starts = (first & 0x40) != 0;
    if (!order || order > <i32>LONG_MAX || (!starts && (order != this.part || sum != this.sum))) {
      this.part = -1;
      return;
    }
    const long = changetype<usize>(this.long);
    if (starts) memory.fill(long, 0, (<usize>(LONG_MAX * LONG_UNITS + 1)) << 1);
    this.sum = sum;
    this.part = order - 1;
    const to = long + ((<usize>(<u32>this.part * LONG_UNITS)) << 1);
    memory.copy(to, entry + 1, 10);
    memory.copy(to + 10, entry + 14, 12);
    memory.copy(to + 22, entry + 28, 4);
  }

  /** Takes the long name for the entry's. @returns whether it can be a part of a key: "." and ".." are none of a store's */
  private nameLong(): bool {
    const start = changetype<usize>(this.long);
    let end = start;
    while (load<u16>(end)) end += 2;
    const name = changetype<usize>(this.name);
    let length: usize = 0;
    for (let at = start; at < end; ) {
      const code = loadUtf16(at, end);
      at += code > 0xffff ? 4 : 2;
      if (code < 0x20 || code == 0x2f || length + utf8Size(code) > <usize>NAME_MAX) return false;
      length += storeUtf8(name + length, code);
    }
    this.nameLength = <u32>length;
    const isDots = length <= 2 && load<u8>(name) == DOT && load<u8>(name + length - 1) == DOT;
    return length > 0 && !isDots;
  }

  /** Takes the short name. Letters of old code pages are not known: each is U+FFFD. */
  private nameShort(entry: usize): bool {
    const lower = load<u8>(entry, 12);
    let length = this.putShort(entry, 8, 0, (lower & 0x08) != 0);
    const dot = length;
    length = this.putShort(entry + 8, 3, length + 1, (lower & 0x10) != 0);
    if (length == dot + 1) length = dot;
    else this.name[dot] = DOT;
    this.nameLength = length;
    // 0x05 stands for a first byte of 0xe5.
    return length > 0 && load<u8>(entry) != 0x20;
  }

  /** Puts a part of a short name, without the blanks behind it. @returns the name's length then */
  private putShort(ptr: usize, most: u32, at: u32, lower: bool): u32 {
    while (most && load<u8>(ptr + most - 1) == 0x20) most--;
    const name = changetype<usize>(this.name);
    for (let i: u32 = 0; i < most; i++) {
      let byte: u32 = load<u8>(ptr + i);
      if (lower && byte - 0x41 < 26) byte += 0x20;
      if (byte >= 0x80 || byte < 0x20 || byte == 0x2f) byte = 0xfffd;
      at += <u32>storeUtf8(name + at, byte);
    }
    return at;
  }

  /** Whether the entry has this name; FAT does not tell capital letters of ASCII from small ones. */
  is(name: usize, length: u32): bool {
    if (length != this.nameLength) return false;
    const own = changetype<usize>(this.name);
    for (let i: u32 = 0; i < length; i++) {
      if (folded(load<u8>(own + i)) != folded(load<u8>(name + i))) return false;
    }
    return true;
  }
}

function folded(byte: u8): u8 {
  return byte - 0x41 < 26 ? byte + 0x20 : byte;
}

/** The sum of a short name that its long one has. */
function sumOf(entry: usize): u8 {
  let sum: u8 = 0;
  for (let i: usize = 0; i < 11; i++) sum = <u8>(((sum & 1) << 7) | (sum >> 1)) + load<u8>(entry + i);
  return sum;
}

/** Date and time of an entry, in ns since 1970; 0 for what is none. */
function timeOf(date: u32, time: u32): i64 {
  const month = (date >>> 5) & 15;
  const day = date & 31;
  if (!month || month > 12 || !day) return 0;
  // Days since 1970 of a date, in years that begin in March (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  const year = 1980 + (date >>> 9) - (month <= 2 ? 1 : 0);
  const days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719468;
  const seconds = (time >>> 11) * 3600 + ((time >>> 5) & 63) * 60 + (time & 31) * 2;
  return (<i64>days * 86400 + seconds) * 1_000_000_000;
}
