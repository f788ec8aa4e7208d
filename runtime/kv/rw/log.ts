/**
 * The log: frames one after the other, each of which says where the next one will be. One frame is being filled while
 * another one is being written: one that is full is written by a fiber of its own. Fibers whose changes are in one frame
 * share its write, and those that want their changes to be durable share a flush: while one flush is under way, the next
 * frame fills.
 */

import { E_CANCELLED, OK } from "../../base/result";
import { SlicedCrc32 } from "../../base/slicedcrc32";
import { BlockStore } from "../../block/store";
import { Fiber, sleep, WaitQueue, yieldNow } from "../../sched/fiber";
import { E_NO_SPACE } from "../../sys/results";
import {
  DATA_ADDRESS,
  DATA_CHECKSUM,
  DATA_LENGTH,
  DATA_SIZE,
  FRAME_HEADER,
  FRAME_MORE,
  STATEMENT_DATA,
} from "../format";
import { Frame } from "./frame";
import { Segments } from "./segments";

/**
 * So many bytes that were written, but not flushed, are flushed while more is written: the disk would have nothing to do
 * meanwhile, and who wants them to be durable would wait for all of them at the end.
 */
const BEHIND_MAX: u64 = 4 * 1024 * 1024;

/** Writes a frame that is full. If that fails, the next one who needs it written tries again, and is told. */
class Writer extends Fiber {
  constructor(
    private log: Log,
    private frame: Frame,
  ) {
    super();
  }

  run(): void {
    this.log._writeFull(this.frame);
  }
}

export class Log {
  /** The frame that is being filled. */
  current: Frame;
  /** Sticky: a flush has failed, so that nobody knows what is on the disk; or what counts together was not written whole. */
  failed: i32 = OK;
  /** Goes into each frame. */
  epoch: u32 = 0;
  /** Bytes of frames that were written since the store was opened. */
  written: u64 = 0;
  private spare: Frame;
  /** The frame that is being written, or could not be. */
  private sealed: Frame | null = null;
  private writing: bool = false;
  private flushing: bool = false;
  /** Sequences: the last frame that was written, and the last one that is durable. */
  private last: u64 = 0;
  private durable: u64 = 0;
  /** `written` when the last flush began. */
  private flushed: u64 = 0;
  /** Whether the frames to come count together with those before. */
  private open: bool = false;
  private readonly changed: WaitQueue = new WaitQueue();
  private readonly statement: usize = heap.alloc(DATA_SIZE);

  constructor(
    private readonly device: BlockStore,
    private readonly segments: Segments,
    private readonly crc: SlicedCrc32,
    private readonly most: u32,
  ) {
    this.current = new Frame(most, device.blockSize);
    this.spare = new Frame(most, device.blockSize);
  }

  /**
   * Goes on after a frame that is there, but may not be durable: a tender that was killed left it to the host.
   * @param sequence of the frame to come; @param chain checksum of the last one
   */
  resume(address: u64, sequence: u64, chain: u32): void {
    this.last = sequence - 1;
    this.begin(this.current, address, sequence, chain);
  }

  private begin(frame: Frame, address: u64, sequence: u64, chain: u32): void {
    frame.begin(address, <u32>min<u64>(this.most, this.segments.end(address) - address), sequence, chain);
  }

  /** Where data that is not on the disk yet lies in memory, or 0. */
  find(address: u64): usize {
    const here = this.current.find(address);
    const sealed = this.sealed;
    return here || !sealed ? here : sealed.find(address);
  }

  /** Makes room for so many bytes in one frame, where one can hold them: begins the next one when they do not fit. */
  reserve(bytes: u32): i32 {
    if (this.current.fits(bytes)) return OK;
    const frame = this.current;
    let outcome = this.drain();
    // Another fiber may have been faster.
    if (outcome == OK && frame === this.current && !frame.empty) outcome = this.put(this.open ? FRAME_MORE : 0, false);
    // The rest of a segment may be short: the log goes on in another one.
    while (outcome == OK && !this.current.fits(min(bytes, this.most - <u32>FRAME_HEADER))) {
      outcome = this.drain();
      if (outcome == OK) outcome = this.put(this.open ? FRAME_MORE : 0, true);
    }
    const sealed = this.sealed;
    if (outcome != OK || !sealed || this.writing) return outcome;
    new Writer(this, sealed).spawn();
    // The disk gets what a step has for it when the step ends.
    return sleep(0);
  }

  /** For this file only: writes a frame, unless somebody has done so or does. */
  _writeFull(frame: Frame): void {
    if (frame !== this.sealed || this.writing) return;
    if (this.write(frame) == OK && !this.flushing && this.written - this.flushed > BEHIND_MAX) this.flush();
  }

  /** What is added until `close` counts together. */
  openGroup(): i32 {
    while (!this.current.empty) {
      const outcome = this.seal(0);
      if (outcome != OK) return outcome;
    }
    this.open = true;
    return OK;
  }

  closeGroup(): void {
    this.open = false;
  }

  /**
   * What was added since `openGroup` is void. Frames of it that are written already have data and no statement of what
   * was changed: so they say nothing, together with what comes next.
   */
  dropGroup(): void {
    // One that could not be opened has nothing in the frame: what is there was changed before.
    if (!this.open) return;
    this.open = false;
    this.current.begin(this.current.address, this.current.capacity, this.current.sequence, this.current.chain);
  }

  /** Adds data that fits with DATA_SIZE, and the statement that tells its checksum. @returns its address */
  addData(ptr: usize, length: u32, checksum: u32): u64 {
    const address = this.current.addData(ptr, length);
    const statement = this.statement;
    store<u32>(statement, STATEMENT_DATA);
    store<u32>(statement, length, DATA_LENGTH);
    store<u32>(statement, checksum, DATA_CHECKSUM);
    store<u64>(statement, address, DATA_ADDRESS);
    this.current.addStatements(statement, <u32>DATA_SIZE);
    return address;
  }

  /** Makes all durable that was added before. */
  sync(): i32 {
    if (this.failed != OK) return this.failed;
    const current = this.current;
    const target = current.empty || this.open ? current.sequence - 1 : current.sequence;
    // Others who are about to do the same come first: their changes get into the frame, and need no flush of their own.
    if (this.durable < target) {
      const outcome = yieldNow();
      if (outcome != OK) return outcome;
    }
    while (this.durable < target) {
      if (this.failed != OK) return this.failed;
      let outcome = OK;
      if (this.flushing) outcome = this.changed.wait();
      else if (this.last < target) outcome = this.writeUpTo(target);
      else outcome = this.flush();
      if (outcome != OK) return outcome;
    }
    return OK;
  }

  private writeUpTo(target: u64): i32 {
    if (this.writing) return this.changed.wait();
    const sealed = this.sealed;
    if (sealed) return this.write(sealed);
    return this.current.sequence <= target ? this.seal(0) : OK;
  }

  /** How many frames from a sequence on are known to be durable. */
  durableFrom(sequence: u64): u32 {
    return <u32>(this.durable + 1 - sequence);
  }

  /** Makes durable what was written. */
  flush(): i32 {
    const covered = this.last;
    this.flushed = this.written;
    this.flushing = true;
    const outcome = this.device.flush();
    this.flushing = false;
    if (outcome == OK) this.durable = max(this.durable, covered);
    else if (outcome != E_CANCELLED) this.failed = outcome;
    this.changed.wakeAll();
    return outcome;
  }

  /** Ends the frame that is being filled, writes it and begins the next one. */
  seal(flags: u32): i32 {
    const frame = this.current;
    let outcome = this.drain();
    if (outcome != OK) return outcome;
    // Another fiber may have been faster.
    if (frame !== this.current || frame.empty) return OK;
    outcome = this.put(flags, false);
    return outcome == OK ? this.write(frame) : outcome;
  }

  /** Waits until no sealed frame is left: there is room for one then. */
  drain(): i32 {
    let outcome = this.failed;
    while (outcome == OK) {
      const sealed = this.sealed;
      if (!sealed) break;
      outcome = this.writing ? this.changed.wait() : this.write(sealed);
    }
    return outcome == OK ? this.failed : outcome;
  }

  /**
   * Ends the frame that is being filled and begins the next one; no other one must be waiting to be written.
   * @param elsewhere whether in another segment, because what is left of this one is too short
   */
  private put(flags: u32, elsewhere: bool): i32 {
    const frame = this.current;
    const segments = this.segments;
    let next = frame.address + frame.size;
    if (elsewhere || segments.end(frame.address) - next < this.device.blockSize) {
      next = segments.takeForLog(frame.sequence + 1);
      if (!next) return E_NO_SPACE;
    }
    const chain = frame.seal(this.crc, this.epoch, next, flags);
    this.current = this.spare;
    this.spare = frame;
    this.sealed = frame;
    this.begin(this.current, next, frame.sequence + 1, chain);
    return OK;
  }

  private write(frame: Frame): i32 {
    this.writing = true;
    const outcome = this.device.writeFrom(frame.address, frame.bytes, frame.length);
    this.writing = false;
    if (outcome == OK) {
      this.last = frame.sequence;
      this.written += frame.length;
      this.sealed = null;
    }
    this.changed.wakeAll();
    return outcome;
  }
}
