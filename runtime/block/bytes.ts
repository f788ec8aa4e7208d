/** Reading a block device byte by byte: blocks that are wanted as a whole go straight to the caller. */
import { OK } from "../base/result";
import { Mutex } from "../sched/mutex";
import { E_IO } from "../sys/results";
import { BlockStore } from "./store";

/** Bytes that are read at once where less than a block is wanted: the rest of them may be wanted next. */
const WINDOW: u32 = 16 * 1024;

/** Bytes of a device, of any place and number. Fibers take turns for what is no whole block. */
export class ByteReader {
  /** What was read last around a piece. It is never the device's to write when nobody holds the mutex. */
  private readonly window: usize;
  private readonly capacity: u32;
  private windowStart: u64 = 0;
  private windowLength: u32 = 0;
  private readonly mutex: Mutex = new Mutex();

  constructor(private store: BlockStore) {
    this.capacity = max(WINDOW, store.blockSize);
    this.window = heap.alloc(this.capacity);
  }

  /**
   * Reads bytes, which must lie on the device.
   * @param offset of the first one; @param ptr where to; @param length bytes
   * @returns OK, E_RANGE, E_CANCELLED, or what the device reports
   */
  read(offset: u64, ptr: usize, length: u32): i32 {
    const unit: u64 = this.store.blockSize - 1;
    while (length) {
      // From the middle of a block, or less than one: through the window.
      let part = length;
      let outcome: i32;
      if (offset & unit || length <= <u32>unit) {
        const rest = <u32>(unit + 1 - (offset & unit));
        if (offset & unit) part = min(rest, length);
        outcome = this.readPiece(offset, ptr, part);
      } else {
        part = length & ~(<u32>unit);
        outcome = this.store.readTo(offset, ptr, part);
      }
      if (outcome != OK) return outcome;
      offset += part;
      ptr += part;
      length -= part;
    }
    return OK;
  }

  /**
   * Reads a piece that lies in one block. What lies near it is read along, for the next piece.
   * @param length at most a block
   */
  readPiece(offset: u64, ptr: usize, length: u32): i32 {
    // No fiber but this one runs between here and the copy when the window holds it.
    if (this.holds(offset, length)) {
      memory.copy(ptr, this.window + <usize>(offset - this.windowStart), length);
      return OK;
    }
    let outcome = this.mutex.lock();
    if (outcome != OK) return outcome;
    if (!this.holds(offset, length)) outcome = this.fill(offset);
    if (outcome == OK) memory.copy(ptr, this.window + <usize>(offset - this.windowStart), length);
    this.mutex.unlock();
    return outcome;
  }

  private holds(offset: u64, length: u32): bool {
    const start = this.windowStart;
    return offset >= start && length <= this.windowLength && offset - start <= this.windowLength - length;
  }

  private fill(offset: u64): i32 {
    const store = this.store;
    const start = offset & ~(<u64>store.blockSize - 1);
    let length = start < store.size ? <u32>min<u64>(this.capacity, store.size - start) : store.blockSize;
    this.windowLength = 0;
    let outcome = store.readTo(start, this.window, length);
    // What cannot be read may be what is read along.
    if (outcome == E_IO && length > store.blockSize) {
      length = store.blockSize;
      outcome = store.readTo(start, this.window, length);
    }
    if (outcome != OK) return outcome;
    this.windowStart = start;
    this.windowLength = length;
    return OK;
  }
}
