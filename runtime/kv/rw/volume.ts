/** What a store consists of: opening and formatting it, room for changes, and putting them into the log. */

import { E_CANCELLED, E_NO_MEMORY, OK, resultName } from "../../base/result";
import { SlicedCrc32 } from "../../base/slicedcrc32";
import { BlockStore } from "../../block/store";
import { current } from "../../sched/fiber";
import { Mutex } from "../../sched/mutex";
import { LogSource } from "../../sys/log";
import { randomU32 } from "../../sys/random";
import { E_INVALID, E_NO_SPACE, E_READ_ONLY, E_UNSUPPORTED } from "../../sys/results";
import { DATA_SIZE, FRAME_HEADER, KV_BLOCK_MAX, KV_POLYNOMIAL, KV_SEGMENTS, KV_VERSION } from "../format";
import { Cache } from "./cache";
import { Chunks } from "./chunks";
import { Log } from "./log";
import { E_DAMAGED, Replay, statementSize } from "./replay";
import { Segments } from "./segments";
import { Statements } from "./statements";
import { Found, STORE_MIN, Superblock } from "./superblock";
import { Sweep } from "./sweep";
import { short, Tree } from "./tree";
import { Values } from "./values";

/** Memory that a change may need besides its data. */
const MEMORY: usize = 131072;
/** Nodes that the sweep goes on with at each change, at least. */
const PACE: u32 = 16;
/** So many sweeps in a row that free nothing show that nothing can be freed. */
const IDLE: i32 = 3;
/** A checkpoint is made when the log after the last one has so many bytes, or twice those of a checkpoint. */
const LOG_MAX: u64 = 64 * 1024 * 1024;

export class Volume {
  tree!: Tree;
  values!: Values;
  log!: Log;
  chunks!: Chunks;
  sweep!: Sweep;
  /** The statements of the change that is being made. */
  out!: Statements;
  private readonly messages: LogSource = new LogSource("kv");
  readonly crc: SlicedCrc32 = new SlicedCrc32(KV_POLYNOMIAL);
  readonly mutex: Mutex = new Mutex();
  private readonly superblock: Superblock = new Superblock(this.crc);
  private opened: bool = false;
  private status: i32 = OK;
  /** Whether the superblock tells that this opening has written. */
  private announced: bool = false;

  /**
   * @param format whether to make it an empty store, whatever it holds; @param room bytes for copies of what was used last
   */
  constructor(
    readonly device: BlockStore,
    private readonly format: bool,
    private readonly room: usize,
  ) {}

  /** Whether it was opened with success. */
  get isOpen(): bool {
    return this.opened && this.status == OK;
  }

  /** Opens the store, the first time. @returns OK, or why it cannot be used, which was logged */
  ready(): i32 {
    if (this.opened) return this.status;
    const outcome = this.mutex.lock();
    if (outcome != OK) return outcome;
    if (!this.opened) {
      this.status = this.open();
      this.opened = this.status != E_CANCELLED;
    }
    this.mutex.unlock();
    return this.status;
  }

  private open(): i32 {
    const device = this.device;
    if (device.blockSize > KV_BLOCK_MAX) {
      this.messages.error(
        `the disk has blocks of ${device.blockSize} bytes; a store can have blocks of ${KV_BLOCK_MAX} at most`,
      );
      return E_UNSUPPORTED;
    }
    if (device.size < STORE_MIN) {
      this.messages.error(`the disk has ${device.size} bytes; a store needs ${STORE_MIN}: truncate -s 1M DISK`);
      return E_NO_SPACE;
    }
    const buffer = heap.alloc(KV_SEGMENTS);
    let outcome = this.format ? Found.Nothing : this.superblock.read(device, buffer);
    if (outcome == Found.Nothing) outcome = this.formatDisk(buffer);
    else if (outcome > 0) outcome = this.refuse(outcome);
    else if (outcome < 0) this.messages.error(`the disk cannot be read: ${resultName(outcome)}`);
    heap.free(buffer);
    return outcome == OK ? this.load() : outcome;
  }

  private refuse(found: i32): i32 {
    const superblock = this.superblock;
    if (found == Found.Version) {
      this.messages.error(`the store has version ${superblock.version} of the format; expected ${KV_VERSION}`);
      return E_UNSUPPORTED;
    }
    if (found == Found.Shrunk) {
      const bytes = superblock.bytes;
      this.messages.error(
        `the store has ${bytes} bytes, the disk ${this.device.size}; mend it by: truncate -s ${bytes} DISK`,
      );
      return E_INVALID;
    }
    this.messages.error(
      "the disk is not empty, and holds no store that can be read; make it an empty store, which loses what it holds, by " +
        "--format or: fata kv format DISK",
    );
    return E_INVALID;
  }

  private formatDisk(buffer: usize): i32 {
    const device = this.device;
    if (device.readOnly) {
      this.messages.error("the disk is empty and read-only; attach it once without ,ro for it to be formatted");
      return E_READ_ONLY;
    }
    // What was there must not be taken for the newer one.
    memory.fill(buffer, 0, KV_SEGMENTS);
    let outcome = device.writeFrom(0, buffer, KV_SEGMENTS);
    if (outcome == OK) outcome = device.flush();
    this.superblock.plan(device.size, randomU32());
    if (outcome == OK) outcome = this.superblock.write(device, buffer);
    if (outcome != OK) this.messages.error(`the disk cannot be formatted: ${resultName(outcome)}`);
    else this.messages.info(`an empty store of ${this.superblock.bytes} bytes was made`);
    return outcome;
  }

  private load(): i32 {
    const superblock = this.superblock;
    const device = this.device;
    const segments = new Segments(superblock.segment, superblock.segments);
    this.tree = new Tree();
    this.values = new Values(this.tree, segments, new Cache(this.room), superblock.chunk);
    const replay = new Replay(device, superblock, this.values, this.crc);
    const outcome = replay.run();
    if (outcome != OK) {
      if (outcome == E_DAMAGED)
        this.messages.error("the store is damaged; save what can be read by: fata kv export DISK FOLDER");
      else this.messages.error(`the store cannot be read: ${resultName(outcome)}`);
      return outcome == E_DAMAGED ? E_INVALID : outcome;
    }
    this.log = new Log(device, segments, this.crc, superblock.frame);
    this.log.resume(replay.address, replay.sequence, replay.chain);
    this.chunks = new Chunks(device, this.log, this.crc, superblock.chunk);
    this.sweep = new Sweep(device, superblock, this.values, this.log, this.chunks, this.crc);
    this.out = new Statements(this.values);
    return OK;
  }

  /**
   * Begins a change: others wait until `end`.
   * @param need bytes of frames that it takes at most; @param grows whether it may be refused because the store is full
   * @returns OK, or why not; then `end` is not to be called
   */
  begin(need: u64, grows: bool): i32 {
    let outcome = this.ready();
    if (outcome == OK) outcome = this.mutex.lock();
    if (outcome != OK) return outcome;
    outcome = this.prepare(need, grows);
    if (outcome == OK) this.out.clear();
    else this.mutex.unlock();
    return outcome;
  }

  /** Ends a change of so many bytes. */
  end(need: u64): void {
    this.goOn(need);
    this.mutex.unlock();
  }

  private prepare(need: u64, grows: bool): i32 {
    if (this.log.failed != OK) return this.log.failed;
    if (this.device.readOnly) return E_READ_ONLY;
    if (short(MEMORY)) return E_NO_MEMORY;
    // To make room may write frames, too.
    const outcome = this.announced ? OK : this.announce();
    return outcome == OK ? this.makeRoom(need, grows) : outcome;
  }

  /** Tells the superblock that this opening writes. */
  private announce(): i32 {
    // What was read may not have been durable: a tender that ended left it to the host.
    const outcome = this.log.flush();
    if (outcome != OK) return outcome;
    // Frames that an earlier opening has left behind the log's end must not be taken for its next ones.
    const superblock = this.superblock;
    const epoch = superblock.epoch + 1;
    superblock.epoch = epoch;
    superblock.durable = this.log.durableFrom(superblock.sequence);
    const buffer = heap.alloc(KV_BLOCK_MAX);
    const written = superblock.write(this.device, buffer);
    heap.free(buffer);
    if (written == OK) {
      this.log.epoch = epoch;
      this.announced = true;
    } else if (written != E_CANCELLED) {
      this.log.failed = written;
    }
    return written;
  }

  /** Sees to it that so many bytes can be written, and a whole sweep after that. */
  makeRoom(need: u64, grows: bool): i32 {
    const segments = this.values.segments;
    const size: u64 = segments.size;
    const sweep = this.sweep;
    if (grows) {
      // An eighth stays free: what moves chunks needs somewhere to move them to, and the fuller it is, the more it moves.
      const most = ((segments.count - 3) * size * 7) >> 3;
      if (segments.live + need + 2 * sweep.bytes > most) return E_NO_SPACE;
    }
    // A sweep needs two besides its checkpoint, to begin with, and the log may take one at any time. What only grows leaves
    // one more, so that things can be removed.
    const wanted = need / (size - (size >> 4)) + (grows ? 4 : 3);
    let best = segments.unused;
    for (let idle = 0; segments.unused < wanted + sweep.reserved; idle++) {
      // One that is under way has chosen its segments long ago, and one may only bring together what the next one frees.
      if (idle == IDLE) return E_NO_SPACE;
      const outcome = sweep.run();
      if (outcome != OK) return outcome;
      if (segments.unused > best) idle = -1;
      best = max(best, segments.unused);
    }
    return OK;
  }

  /** Lets the sweep keep pace with the changes. Its own failures are not those of a change. */
  private goOn(need: u64): void {
    const sweep = this.sweep;
    const segments = this.values.segments;
    const bytes = sweep.bytes;
    if (!sweep.active) {
      const behind = sweep.behind;
      const scarce = segments.unused < sweep.segments + 4 + (segments.count >> 3);
      if (behind < max(LOG_MAX, bytes << 1) && !(scarce && behind > max<u64>(segments.size << 1, bytes))) return;
      if (sweep.begin(2) != OK) return;
    }
    // It is to be through when half of what is free now is used.
    const free = <u64>segments.unused * segments.size;
    const nodes = PACE + <u32>min<u64>((<u64>this.tree.count * need * 4) / (free + 1), this.tree.count);
    const outcome = sweep.advance(nodes);
    if (outcome != OK && outcome != E_CANCELLED)
      this.messages.warning(`a checkpoint could not be written: ${resultName(outcome)}`);
  }

  /** Most bytes of what counts together and fits into one frame. */
  get frame(): u32 {
    return this.superblock.frame - <u32>FRAME_HEADER;
  }

  /** Puts data into the log, as part of a group. @returns its address, or a code */
  addData(ptr: usize, length: u32, checksum: u32): i64 {
    const outcome = this.log.reserve(length + <u32>DATA_SIZE);
    return outcome == OK ? <i64>this.log.addData(ptr, length, checksum) : outcome;
  }

  /**
   * Puts the statements of the change into the log. They are true already: if that fails, nothing more can be written. So
   * it is done, too, when the fiber is cancelled.
   */
  addStatements(): i32 {
    const out = this.out;
    const own = this.log;
    if (own.current.fits(out.length)) {
      own.current.addStatements(out.ptr, out.length);
      return OK;
    }
    const fiber = current();
    let cancelled: bool = false;
    let outcome = OK;
    for (let at: u32 = 0; at < out.length && outcome == OK; ) {
      const size = <u32>statementSize(out.ptr + at, out.length - at);
      do {
        cancelled = cancelled || fiber.cancelled;
        fiber.cancelled = false;
        outcome = own.reserve(size);
      } while (outcome == E_CANCELLED);
      if (outcome == OK) own.current.addStatements(out.ptr + at, size);
      at += size;
    }
    if (cancelled) fiber.cancelled = true;
    if (outcome != OK) own.failed = outcome;
    return outcome;
  }
}
