/**
 * A tar archive on a block device, as `tar cf disk.img -C htdocs .` or `fata pack tar` writes it: ustar, pax, and GNU tar
 * with long names. When it is opened, its headers are read into a table; values are read from the device.
 *
 * Files, folders and hard links count. Symbolic links, devices, sparse files, and names with ".." or that are not UTF-8
 * are left out, with one warning. Of a damaged archive, what stands before the damage can be read.
 */

import { OK, resultName } from "../base/result";
import { ByteReader } from "../block/bytes";
import { BlockStore } from "../block/store";
import { LogSource } from "../sys/log";
import { E_INVALID, E_NOT_FOUND } from "../sys/results";
import { KEY_MAX, KV_DICTIONARY, KV_VALUE, KvEntry, KvValue } from "./kvro";
import { canonicalKey, KeyTable } from "./names";
import { KvOnDisk } from "./ondisk";
import { PaxRecords } from "./pax";
import { TableMaker } from "./tablemaker";
import {
  isTarEnd,
  isTarHeader,
  TAR_BLOCK,
  TAR_LINK,
  TAR_MODIFIED,
  TAR_NAME_SIZE,
  TAR_NUMBER_SIZE,
  TAR_SIZE,
  TAR_TYPE,
  tarKey,
  tarName,
  tarNumber,
  tarTextLength,
} from "./tarheader";

// An entry of the table: the key, start u64, size u64, modified i64 in ns.
const STRIDE: u32 = 32;
const START: usize = 8;
const SIZE: usize = 16;
const MODIFIED: usize = 24;
/** The start of a hard link that leads nowhere yet; its size then says where its target's name is: place, length << 32. */
const LINK: u64 = u64.MAX_VALUE;
/** Most bytes of the table: about 100,000 files. */
const TABLE_MAX: u32 = 8 * 1024 * 1024;
/** Most bytes of an extended header that are looked at. */
const PAX_MAX: u32 = 16 * 1024;

/** The canonical form of the key that is looked for. */
const canonical: usize = memory.data(KEY_MAX);

export class Tar extends KvOnDisk {
  private table: KeyTable;
  private readonly reader: ByteReader;

  /** Reads the archive's headers, for which the fiber waits. */
  constructor(disk: BlockStore) {
    super();
    const reader = new ByteReader(disk);
    const index = new TarIndex(disk.size, reader);
    this.status = index.read();
    this.reader = reader;
    this.table = index.finish();
  }

  find(key: usize, length: usize, value: KvValue): i32 {
    value.size = 0;
    value.address = 0;
    if (this.status != OK) return this.status;
    if (length > <usize>KEY_MAX) return E_NOT_FOUND;
    length = canonicalKey(key, length, canonical);
    const index = this.table.indexOf(canonical, length);
    if (index < 0) return this.table.hasDictionary(canonical, length) ? KV_DICTIONARY : E_NOT_FOUND;
    const entry = this.table.entry(index);
    value._start = load<u64>(entry, START);
    value.size = load<u64>(entry, SIZE);
    value.modified = load<i64>(entry, MODIFIED);
    return KV_VALUE;
  }

  read(value: KvValue, offset: u64, ptr: usize, length: u32): i32 {
    if (offset >= value.size) return 0;
    const part = <u32>min<u64>(min<u32>(length, i32.MAX_VALUE), value.size - offset);
    const outcome = this.reader.read(value._start + offset, ptr, part);
    return outcome == OK ? <i32>part : outcome;
  }

  list(key: string): KvEntry[] | null {
    const list = this.status == OK ? this.table.list(key) : null;
    if (!list) this.error = this.status == OK ? E_NOT_FOUND : this.status;
    return list;
  }
}

/** The table of an archive while it is made. */
class TarIndex {
  private readonly log: LogSource = new LogSource("tar");
  private readonly maker: TableMaker = new TableMaker(STRIDE, TABLE_MAX);
  private readonly header: usize = heap.alloc(TAR_BLOCK);
  /** Extended header, and the long names of GNU tar: each of up to PAX_MAX bytes. */
  private readonly extended: usize = heap.alloc(PAX_MAX);
  private readonly longNames: usize = heap.alloc(2 * KEY_MAX);
  private readonly name: usize = heap.alloc(PAX_MAX);
  private readonly pax: PaxRecords = new PaxRecords();
  /** Whether the next entry cannot be: what came before it was too long or malformed. */
  private spoiled: bool = false;
  /** Entries left out. */
  private leftOut: u32 = 0;

  constructor(
    private size: u64,
    private reader: ByteReader,
  ) {}

  /** Reads all headers. @returns OK, or why there is no archive */
  read(): i32 {
    const header = this.header;
    if (this.size < TAR_BLOCK) return this.damaged(0, -1);
    let offset: u64 = 0;
    while (offset < this.size && this.size - offset >= TAR_BLOCK) {
      const outcome = this.reader.readPiece(offset, header, TAR_BLOCK);
      if (outcome != OK) {
        this.log.error(`Cannot read the archive at ${offset}: ${resultName(outcome)}`);
        return this.maker.count ? OK : outcome;
      }
      if (isTarEnd(header)) break;
      const length = isTarHeader(header) ? this.lengthOf(header) : -1;
      offset += TAR_BLOCK;
      if (length < 0 || <u64>length > this.size - offset) return this.damaged(offset - TAR_BLOCK, length);
      const taken = this.take(header, offset, length);
      if (taken != OK) return this.maker.count ? OK : taken;
      offset += (<u64>length + TAR_BLOCK - 1) & ~(<u64>TAR_BLOCK - 1);
    }
    if (this.leftOut) this.log.warning(`${this.leftOut} entries are left out: no files, or without a proper name`);
    return OK;
  }

  /** The finished table. */
  finish(): KeyTable {
    const maker = this.maker;
    const table = maker.finish();
    for (let i: u32 = 0; i < table.count; i++) {
      const entry = table.entry(i);
      if (load<u64>(entry, START) != LINK) continue;
      const target = load<u64>(entry, SIZE);
      const found = table.indexOf(maker.text(<u32>target), <usize>(target >> 32));
      if (found >= 0) memory.copy(entry + START, table.entry(found) + START, MODIFIED - START);
    }
    heap.free(this.header);
    heap.free(this.extended);
    heap.free(this.longNames);
    heap.free(this.name);
    return table.without(LINK);
  }

  private damaged(offset: u64, length: i64): i32 {
    if (!offset) {
      this.log.error("The disk holds no tar archive, or a damaged one");
      return E_INVALID;
    }
    const what = length < 0 ? "is damaged" : "ends before its file does";
    this.log.error(`The archive ${what} at ${offset}: what follows is left out`);
    return OK;
  }

  /** Bytes behind a header; -1 when it is malformed. */
  private lengthOf(header: usize): i64 {
    const type = load<u8>(header, TAR_TYPE);
    // Links, devices and folders have none, whatever they say.
    if (type >= 0x31 && type <= 0x36) return 0;
    const length = this.pax.size >= 0 && isFile(type) ? this.pax.size : tarNumber(header + TAR_SIZE, TAR_NUMBER_SIZE);
    return length > i64.MAX_VALUE - <i64>TAR_BLOCK ? -1 : length;
  }

  /** Takes an entry. @param offset of its content; @returns OK or a code of the device's */
  private take(header: usize, offset: u64, length: u64): i32 {
    const type = load<u8>(header, TAR_TYPE);
    if (type == 0x78) return this.takeExtended(offset, length); // x
    if (type == 0x4c) return this.takeLongName(offset, length, true); // L
    if (type == 0x4b) return this.takeLongName(offset, length, false); // K
    // Extended headers of the whole archive, and its label.
    if (type == 0x67 || type == 0x56) return OK;
    const added = !this.spoiled && !this.pax.sparse && this.add(header, type, offset, length);
    if (!added) this.leftOut++;
    this.pax.reset();
    this.spoiled = false;
    return OK;
  }

  private takeExtended(offset: u64, length: u64): i32 {
    if (length > PAX_MAX) {
      this.spoiled = true;
      return OK;
    }
    const outcome = this.reader.read(offset, this.extended, <u32>length);
    if (outcome == OK && !this.pax.read(this.extended, <usize>length)) this.spoiled = true;
    return outcome;
  }

  /** @param own whether it is the entry's own name, and not what it links to */
  private takeLongName(offset: u64, length: u64, own: bool): i32 {
    if (length > <u64>KEY_MAX) {
      this.spoiled = true;
      return OK;
    }
    const to = this.longNames + (own ? 0 : KEY_MAX);
    const outcome = this.reader.read(offset, to, <u32>length);
    const bytes = <u32>tarTextLength(to, <usize>length);
    const pax = this.pax;
    if (own) {
      pax.path = to;
      pax.pathLength = bytes;
    } else {
      pax.link = to;
      pax.linkLength = bytes;
    }
    return outcome;
  }

  /** Adds a file, folder or hard link to the table. @returns whether it could */
  private add(header: usize, type: u8, offset: u64, length: u64): bool {
    const pax = this.pax;
    const name = this.name;
    let bytes: usize = pax.pathLength;
    if (pax.path) memory.copy(name, pax.path, bytes);
    else bytes = tarName(header, name);
    // Before there was a type for them, folders were told by the slash.
    const isFolder = type == 0x35 || (isFile(type) && bytes > 0 && load<u8>(name + bytes - 1) == 0x2f);
    let key = tarKey(name, bytes);
    if (key < 0 || key > KEY_MAX) return false;
    if (!key) return isFolder; // "./", the whole archive
    if (isFolder) store<u8>(name + key++, 0x2f);
    else if (type == 0x31) return this.addLink(header, name, key);
    else if (!isFile(type)) return false;
    const entry = this.maker.add(name, key);
    if (!entry) return false;
    const modified = tarNumber(header + TAR_MODIFIED, TAR_NUMBER_SIZE);
    store<u64>(entry, offset, START);
    store<u64>(entry, length, SIZE);
    store<i64>(entry, pax.modified >= 0 ? pax.modified : nanoseconds(modified), MODIFIED);
    return true;
  }

  private addLink(header: usize, name: usize, key: u32): bool {
    const pax = this.pax;
    const entry = this.maker.add(name, key);
    if (!entry) return false;
    store<u64>(entry, LINK, START);
    store<u64>(entry, 0, SIZE);
    store<i64>(entry, nanoseconds(tarNumber(header + TAR_MODIFIED, TAR_NUMBER_SIZE)), MODIFIED);
    const target: usize = pax.link ? pax.link : header + TAR_LINK;
    const bytes = pax.link ? <usize>pax.linkLength : tarTextLength(target, TAR_NAME_SIZE);
    memory.copy(name, target, bytes);
    const length = tarKey(name, bytes);
    const place = length > 0 && length <= KEY_MAX ? this.maker.addText(name, length) : -1;
    if (place >= 0) store<u64>(entry, <u64>place | ((<u64>length) << 32), SIZE);
    return place >= 0;
  }
}

function isFile(type: u8): bool {
  return type == 0x30 || type == 0 || type == 0x37;
}

function nanoseconds(seconds: i64): i64 {
  return seconds < 0 || seconds > 9_000_000_000 ? 0 : seconds * 1_000_000_000;
}
