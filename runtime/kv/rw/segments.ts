/** What the segments of the disk are used for, and how much of each is still needed. */
import { CHUNK_SIZE, CHUNKS_SIZE, DATA_SIZE, KV_SEGMENTS } from "../format";

const UNUSED: u8 = 0;
/** Holds frames of the log. */
const LOG: u8 = 1;
/** The same, and what is still needed of it is being moved elsewhere. */
const MOVING: u8 = 2;
/** Holds frames of the checkpoint that counts. */
const CHECKPOINT: u8 = 3;
/** Holds frames of the one that is being written. */
const NEXT_CHECKPOINT: u8 = 4;

// A segment's record: bytes that are needed, how often readers need a chunk in it as it is, from which frame on it is used,
// and for what.
const LIVE: usize = 0;
const PINS: usize = 4;
const OPENED: usize = 8;
const USE: usize = 16;
const RECORD: usize = 24;

/** What a chunk takes in the log besides its bytes. */
const COST: u32 = <u32>(DATA_SIZE + CHUNKS_SIZE + CHUNK_SIZE);

/** Classes by how full segments are. */
const CLASSES: u32 = 32;

export class Segments {
  /** Segments that can be written to. */
  unused: u32;
  private readonly records: usize;
  /** Where the sum of all LIVE is, behind the records. */
  private readonly total: usize;
  private cursor: u32 = 0;
  /** Of `size`, log 2. */
  private readonly shift: u32;

  /** @param size bytes of each, a power of two; @param count how many */
  constructor(
    readonly size: u32,
    readonly count: u32,
  ) {
    this.unused = count;
    this.shift = ctz(size);
    this.records = heap.alloc(<usize>(count + 1) * RECORD);
    memory.fill(this.records, 0, <usize>(count + 1) * RECORD);
    this.total = this.records + <usize>count * RECORD;
  }

  /** Bytes that all chunks that are needed take in the log. */
  get live(): u64 {
    return load<u64>(this.total);
  }

  /** The segment that an address lies in, or `count` when it lies in none. */
  of(address: u64): u32 {
    if (address < KV_SEGMENTS) return this.count;
    return <u32>min<u64>((address - KV_SEGMENTS) >> this.shift, this.count);
  }

  /** Address of a segment's first byte. */
  start(segment: u32): u64 {
    return <u64>KV_SEGMENTS + <u64>segment * this.size;
  }

  /** Address of the first byte after the segment that this one lies in. */
  end(address: u64): u64 {
    return this.start(this.of(address) + 1);
  }

  private record(segment: u32): usize {
    return this.records + <usize>segment * RECORD;
  }

  /**
   * Takes an unused segment for the log.
   * @param sequence of the first frame that it will hold
   * @returns its address, or 0 when there is none
   */
  takeForLog(sequence: u64): u64 {
    return this.take(LOG, sequence);
  }

  /** Takes one for the checkpoint that is being written. */
  takeForCheckpoint(): u64 {
    return this.take(NEXT_CHECKPOINT, 0);
  }

  private take(use: u8, sequence: u64): u64 {
    for (let i: u32 = 0; i < this.count; i++) {
      const segment = this.cursor;
      if (++this.cursor == this.count) this.cursor = 0;
      const record = this.record(segment);
      if (load<u8>(record, USE) != UNUSED) continue;
      store<u8>(record, use, USE);
      store<u64>(record, sequence, OPENED);
      this.unused--;
      return this.start(segment);
    }
    return 0;
  }

  /** For recovery: an address lies in a segment of the log, or of the checkpoint. */
  note(address: u64, checkpoint: bool, sequence: u64): void {
    const record = this.record(this.of(address));
    if (load<u8>(record, USE) == UNUSED) {
      this.unused--;
      store<u64>(record, sequence, OPENED);
    }
    store<u8>(record, checkpoint ? CHECKPOINT : LOG, USE);
  }

  /** For recovery: what holds chunks is of the log. */
  noteLive(): void {
    for (let i: u32 = 0; i < this.count; i++) {
      const record = this.record(i);
      if (!load<u32>(record, LIVE) || load<u8>(record, USE) != UNUSED) continue;
      store<u8>(record, LOG, USE);
      this.unused--;
    }
  }

  /** A chunk of so many bytes is needed from now on. */
  keep(address: u64, bytes: u32): void {
    const record = this.record(this.of(address));
    store<u32>(record, load<u32>(record, LIVE) + bytes + COST, LIVE);
    store<u64>(this.total, this.live + bytes + COST);
  }

  /** It is not needed any more. */
  release(address: u64, bytes: u32): void {
    const record = this.record(this.of(address));
    store<u32>(record, load<u32>(record, LIVE) - bytes - COST, LIVE);
    store<u64>(this.total, this.live - bytes - COST);
  }

  /** What lies at an address stays readable until it is unpinned as often. */
  pin(address: u64): void {
    const record = this.record(this.of(address));
    store<u32>(record, load<u32>(record, PINS) + 1, PINS);
  }

  unpin(address: u64): void {
    const record = this.record(this.of(address));
    store<u32>(record, load<u32>(record, PINS) - 1, PINS);
  }

  /** Whether what lies at an address is being moved elsewhere. */
  isMoving(address: u64): bool {
    return load<u8>(this.record(this.of(address)), USE) == MOVING;
  }

  /**
   * Chooses the segments to be emptied: those that hold the least, as many as can be moved to `room` bytes. Nothing is
   * gained from a segment that is full but for a few parts of a hundred.
   * @param before those that were opened at this frame or later stay; @param kept this one, too
   * @returns the bytes that are to be moved
   */
  choose(room: u64, before: u64, kept: u32): u64 {
    const counts = new StaticArray<u32>(CLASSES);
    for (let i: u32 = 0; i < this.count; i++) {
      const record = this.record(i);
      if (i != kept && this.canMove(record, before)) counts[this.classOf(record)]++;
    }
    let chosen: u64 = 0;
    for (let level: u32 = 0; level < CLASSES - 1 && chosen < room; level++) {
      for (let i: u32 = 0; counts[level] && i < this.count && chosen < room; i++) {
        const record = this.record(i);
        if (i == kept || !this.canMove(record, before) || this.classOf(record) != level) continue;
        if (chosen + load<u32>(record, LIVE) > room) return chosen;
        store<u8>(record, MOVING, USE);
        chosen += load<u32>(record, LIVE);
      }
    }
    return chosen;
  }

  private canMove(record: usize, before: u64): bool {
    return load<u8>(record, USE) == LOG && load<u64>(record, OPENED) < before && load<u32>(record, PINS) == 0;
  }

  private classOf(record: usize): u32 {
    return <u32>min<u64>((<u64>load<u32>(record, LIVE) * CLASSES) / this.size, CLASSES - 1);
  }

  /**
   * A checkpoint counts from now on: what was needed for the one before is free, and all segments of the log from before
   * that hold nothing any more.
   * @param before the first frame that comes after it; @param kept the segment that this frame is in
   */
  settle(before: u64, kept: u32): void {
    for (let i: u32 = 0; i < this.count; i++) {
      const record = this.record(i);
      const use = load<u8>(record, USE);
      if (use == MOVING) store<u8>(record, LOG, USE);
      else if (use == NEXT_CHECKPOINT) store<u8>(record, CHECKPOINT, USE);
      const old = i != kept && (use == LOG || use == MOVING);
      const empty = old && !load<u32>(record, LIVE) && !load<u32>(record, PINS) && load<u64>(record, OPENED) < before;
      if (use == CHECKPOINT || empty) {
        store<u8>(record, UNUSED, USE);
        this.unused++;
      }
    }
  }

  /** The checkpoint that was being written is given up. */
  giveUp(): void {
    for (let i: u32 = 0; i < this.count; i++) {
      const record = this.record(i);
      const use = load<u8>(record, USE);
      if (use == MOVING) store<u8>(record, LOG, USE);
      if (use != NEXT_CHECKPOINT) continue;
      store<u8>(record, UNUSED, USE);
      this.unused++;
    }
  }
}
