/**
 * The leases on a disk. A lease is there before its client hears of it, whatever happens: the power may fail at any time.
 *
 * The disk has two areas. One is in use: a block of it is written for each lease or for several at once, one behind the
 * other, never a block again that holds a lease. When it is full, all leases are written to the other one, which then is in
 * use. Numbers are little-endian; `index` is the block's place in its area.
 *
 *      0       4       8       12      16      18      20                      32
 *     |magic  |crc32  |epoch  |index  |count  |flags  |zero                   |records, of 32 octets each ...
 *
 *      0       4       8               16              24              32
 *     |address|state  |client         |hardware       |until          |
 *
 * `crc32` is that of the block's octets from `epoch` on; a block for which it is wrong was not written to its end, and
 * nobody has heard of what it holds. `epoch` is a greater number for each time that an area is begun; what an older epoch
 * has left in an area is ignored. The blocks that an area begins with are FIRST, the last of them is COMPLETE: an area
 * without that was left behind in the middle, and the other one is in use still. `until` is Unix time in seconds.
 */
import { crc32 } from "../base/crc32";
import { OK } from "../base/result";
import { BlockStore } from "../block/store";
import { wallNow } from "../sys/clock";
import { E_INVALID, E_NO_SPACE, E_READ_ONLY } from "../sys/results";
import { Binding, BOUND, DECLINED, FREE, OFFERED } from "./binding";
import { Pools } from "./pools";
import { BlockScan } from "./scan";

const MAGIC_NUMBER: u32 = 0x4c464544;
const MAGIC: usize = 0;
const CRC: usize = 4;
const EPOCH: usize = 8;
const INDEX: usize = 12;
const COUNT: usize = 16;
const FLAGS: usize = 18;
const HEADER: u32 = 32;

const ADDRESS: usize = 0;
const STATE: usize = 4;
const CLIENT: usize = 8;
const HARDWARE: usize = 16;
const UNTIL: usize = 24;
const RECORD: u32 = 32;

/** The block is one of those that hold all leases. */
const FIRST: u32 = 1;
/** It is the last of them. */
const COMPLETE: u32 = 2;

const SECOND: u64 = 1000000000;
/** Blocks that an area has besides those that all leases need: else it would be full all the time. */
const SPARE: u32 = 16;
/** Blocks of an area that are used, at most: all of them are read at the start. With 512 octets, 61,000 leases. */
const AREA_MAX: u32 = 4096;

/** What a disk was found to hold. */
export const JOURNAL_NEW: i32 = 1;
/** Both areas are damaged. */
export const JOURNAL_DAMAGED: i32 = 2;

export class Journal {
  /** The block that is being filled. */
  private block: usize;
  private count: u32 = 0;
  /** Records that a block has room for. */
  readonly room: u32;
  /** Blocks of an area. */
  private areaBlocks: u32;
  /** The area in use, and the next block there. */
  private area: u32 = 0;
  private index: u32 = 0;
  private epoch: u32 = 0;
  /** The greatest epoch that a block was seen with. */
  private newest: u32 = 0;
  /** Whether something was lost on the way to the disk, so that all leases have to be written again. */
  private torn: bool = false;
  /** Whether there is something that is not ours. */
  private foreign: bool = false;
  /** Bytes that the disk needs at least. */
  readonly needed: u64;
  /** Leases that the disk held, for addresses that are still ours. */
  leases: u32 = 0;

  constructor(
    private disk: BlockStore,
    private pools: Pools,
  ) {
    const size = disk.blockSize;
    this.block = heap.alloc(size);
    this.room = (size - HEADER) / RECORD;
    this.areaBlocks = min<u64>(disk.sectors / 2, AREA_MAX) as u32;
    this.needed = (2 * (pools.size / this.room + 1 + SPARE) * size) as u64;
  }

  /**
   * Reads what the disk holds into the bindings.
   * @param now ns on `now`'s clock
   * @returns OK, JOURNAL_NEW, JOURNAL_DAMAGED (and all is begun anew), E_NO_SPACE: the disk is too small, E_INVALID: it holds
   *   something else, E_READ_ONLY, or what the disk reports
   */
  open(now: u64): i32 {
    const disk = this.disk;
    if (<u64>this.areaBlocks * 2 * disk.blockSize < this.needed) return E_NO_SPACE;
    if (disk.readOnly) return E_READ_ONLY;
    const scan = new BlockScan(disk);
    let found = JOURNAL_NEW;
    for (let area: u32 = 0; area < 2; area++) {
      found = max(found, this.survey(scan, area));
    }
    if (this.epoch) this.replay(scan, now);
    scan.release();
    if (this.epoch) return OK;
    if (found == JOURNAL_NEW && this.newest == 0 && this.foreign) return E_INVALID;
    const outcome = this.rewrite(now);
    return outcome == OK ? found : outcome;
  }

  /** Notes how a binding now is. The block must have room: what was noted has to be committed before it has none. */
  note(binding: Binding, now: u64): void {
    if (this.count == this.room) {
      this.torn = true;
      return;
    }
    const at = this.block + HEADER + this.count * RECORD;
    store<u32>(at, binding.address, ADDRESS);
    store<u32>(at, binding.state, STATE);
    store<u64>(at, binding.client, CLIENT);
    store<u64>(at, binding.hardware, HARDWARE);
    // Of a lease that is over, its end: no later than now.
    const until = binding.until;
    const wall = wallNow();
    store<u64>(at, (until < now ? wall : wall + (until - now)) / SECOND, UNTIL);
    this.count++;
  }

  /** Makes durable what was noted. @returns OK, or what the disk reports; it is tried again with the next commit */
  commit(now: u64): i32 {
    if (this.torn || this.index == this.areaBlocks) return this.rewrite(now);
    let outcome = this.write(this.area, this.index, this.epoch, 0);
    if (outcome == OK) outcome = this.disk.flush();
    this.index++;
    this.torn = outcome != OK;
    return outcome;
  }

  /** Writes all leases to the area that is not in use, and uses that from then on. */
  private rewrite(now: u64): i32 {
    this.torn = true;
    const area = this.area ^ 1;
    const epoch = this.newest + 1;
    this.newest = epoch;
    this.count = 0;
    let index: u32 = 0;
    let outcome = OK;
    for (let pool = this.pools.after(null); pool; pool = this.pools.after(pool)) {
      for (let binding = pool.following(null); binding; binding = pool.following(binding)) {
        if (binding.until == 0 || binding.state == OFFERED) continue;
        if (this.count == this.room) {
          outcome = this.write(area, index++, epoch, FIRST);
          if (outcome != OK) return outcome;
        }
        this.note(binding, now);
      }
    }
    outcome = this.write(area, index++, epoch, FIRST | COMPLETE);
    if (outcome == OK) outcome = this.disk.flush();
    if (outcome != OK) return outcome;
    this.area = area;
    this.index = index;
    this.epoch = epoch;
    this.torn = false;
    return OK;
  }

  /** Writes the block, and empties it. */
  private write(area: u32, index: u32, epoch: u32, flags: u32): i32 {
    const block = this.block;
    const size = this.disk.blockSize;
    memory.fill(block, 0, HEADER);
    store<u32>(block, MAGIC_NUMBER, MAGIC);
    store<u32>(block, epoch, EPOCH);
    store<u32>(block, index, INDEX);
    store<u16>(block, this.count as u16, COUNT);
    store<u16>(block, flags as u16, FLAGS);
    const used = HEADER + this.count * RECORD;
    memory.fill(block + used, 0, size - used);
    store<u32>(block, crc32(block + EPOCH, size - <u32>EPOCH), CRC);
    this.count = 0;
    return this.disk.writeFrom(this.place(area, index), block, size);
  }

  private place(area: u32, index: u32): u64 {
    return ((area * this.areaBlocks + index) as u64) * this.disk.blockSize;
  }

  /** Whether what was read is a block of ours, and whole. */
  private isWhole(block: usize, index: u32): bool {
    return (
      load<u32>(block, MAGIC) == MAGIC_NUMBER &&
      load<u32>(block, INDEX) == index &&
      load<u16>(block, COUNT) <= this.room &&
      load<u32>(block, CRC) == crc32(block + EPOCH, this.disk.blockSize - <u32>EPOCH)
    );
  }

  /** Finds out whether an area was in use last. @returns OK, JOURNAL_NEW, or JOURNAL_DAMAGED */
  private survey(scan: BlockScan, area: u32): i32 {
    let found = JOURNAL_NEW;
    let epoch: u32 = 0;
    let complete = false;
    // Blocks in a row that all leases were written to.
    let first: u32 = 0;
    for (let index: u32 = 0; index < this.areaBlocks; index++) {
      const block = scan.block(this.place(area, index));
      // What cannot be read holds nothing.
      if (block == 0) continue;
      if (!this.isWhole(block, index)) {
        if (load<u32>(block, MAGIC) == MAGIC_NUMBER) found = JOURNAL_DAMAGED;
        else if (!this.isZero(block)) this.foreign = true;
        continue;
      }
      const own = load<u32>(block, EPOCH);
      this.newest = max(this.newest, own);
      const flags = load<u16>(block, FLAGS);
      if (index == 0 && flags & FIRST) epoch = own;
      if (own != epoch || !(flags & FIRST) || index != first) continue;
      first++;
      if (flags & COMPLETE) complete = true;
    }
    if (!complete || epoch <= this.epoch) return found;
    this.area = area;
    this.epoch = epoch;
    return OK;
  }

  /** Whether a block is all zeros. */
  private isZero(block: usize): bool {
    for (const end = block + this.disk.blockSize; block < end; block += 8) if (load<u64>(block)) return false;
    return true;
  }

  /** Applies what the area in use says, in its order. */
  private replay(scan: BlockScan, now: u64): void {
    for (let index: u32 = 0; index < this.areaBlocks; index++) {
      const block = scan.block(this.place(this.area, index));
      if (block == 0 || !this.isWhole(block, index) || load<u32>(block, EPOCH) != this.epoch) continue;
      const count = <u32>load<u16>(block, COUNT);
      for (let i: u32 = 0; i < count; i++) this.apply(block + HEADER + i * RECORD, now);
      this.index = index + 1;
    }
    for (let pool = this.pools.after(null); pool; pool = this.pools.after(pool))
      for (let binding = pool.following(null); binding; binding = pool.following(binding)) {
        if (binding.state == BOUND) this.leases++;
      }
  }

  private apply(record: usize, now: u64): void {
    const binding = this.pools.find(load<u32>(record, ADDRESS));
    // The pools may have been others then.
    if (!binding) return;
    const wall = wallNow() / SECOND;
    const until = load<u64>(record, UNTIL);
    const state = load<u32>(record, STATE);
    // The wall clock may have been set: no lease lasts longer than one that was given now.
    const left = until > wall ? min<u64>(until - wall, this.pools.pool!.leaseTime) : 0;
    binding.give(
      state == BOUND || state == DECLINED ? state : FREE,
      load<u64>(record, CLIENT),
      load<u64>(record, HARDWARE),
      now + left * SECOND,
    );
    // FREE has a time, too, and that must not be "never".
    if (left == 0) binding.free(1);
  }
}
