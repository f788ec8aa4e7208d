/**
 * What all block devices have in common: disks of the host (device.ts), parts of one (partition.ts), memory (memory.ts).
 * File systems and stores are written against this class, and tests hand them one of their own.
 *
 * Offsets and lengths are in bytes and must be multiples of `blockSize`. A read or write gives OK, E_INVALID (not such a
 * multiple), E_RANGE (past the end: nothing was transferred), E_READ_ONLY, E_TOO_LONG, E_CANCELLED, or what the host
 * reports: E_IO, E_NO_SPACE. Requests that overlap in time are unordered, also when they overlap in place. Every call may
 * suspend the fiber; none allocates.
 */

import { OK } from "../base/result";
import { E_INVALID, E_RANGE } from "../sys/results";

/** A block device. The fields are set by its driver, and stay. */
export abstract class BlockStore {
  /** Bytes of the device: a multiple of `blockSize`. */
  size: u64 = 0;
  /** Bytes of a block, the unit of reading and writing: a power of two, 512 to 4096 by custom. */
  blockSize: u32 = 512;
  /** Whether writes are refused. */
  readOnly: bool = false;
  /** Whether ranges can be given back. */
  canDiscard: bool = false;

  /** Blocks of the device. */
  get sectors(): u64 {
    return this.size / this.blockSize;
  }

  /** Fills a buffer from `offset` on. A fiber that is cancelled meanwhile leaves the buffer to the device. */
  abstract read(offset: u64, buffer: Uint8Array): i32;

  /** Writes a buffer at `offset`. It is durable after a later `flush`. */
  abstract write(offset: u64, buffer: Uint8Array): i32;

  /** Fills several buffers, one after the other, from `offset` on in one request; E_TOO_LONG if there are more than 64. */
  abstract readv(offset: u64, buffers: Uint8Array[]): i32;

  /** Writes several buffers, one after the other, at `offset` in one request; E_TOO_LONG if there are more than 64. */
  abstract writev(offset: u64, buffers: Uint8Array[]): i32;

  /**
   * Fills memory from `offset` on. The memory is the caller's again when this returns, also when the fiber was cancelled
   * meanwhile: it then waits for the device all the same, and gives the request's own outcome.
   * @param ptr where to; @param length bytes
   */
  abstract readTo(offset: u64, ptr: usize, length: u32): i32;

  /** Writes memory at `offset`, with the same promise about the memory. */
  abstract writeFrom(offset: u64, ptr: usize, length: u32): i32;

  /**
   * Makes durable what was written: all writes that had returned before this call. A fiber that is cancelled meanwhile still
   * waits for the outcome.
   */
  abstract flush(): i32;

  /**
   * Gives a range back to what is below: it reads as zeros afterwards. E_UNSUPPORTED where that cannot be; the range then
   * is as it was.
   * @param offset first byte; @param length bytes, both multiples of the block size
   */
  abstract discard(offset: u64, length: u64): i32;

  /**
   * A buffer that begins at a multiple of the block size in memory. With `tender --disk=FILE,direct` only requests whose
   * buffers do go past the host's memory; any buffer works.
   * @param length bytes
   */
  buffer(length: i32): Uint8Array {
    const whole = new ArrayBuffer(length + <i32>this.blockSize);
    const past = <i32>(changetype<usize>(whole) % this.blockSize);
    return Uint8Array.wrap(whole, past ? <i32>this.blockSize - past : 0, length);
  }

  /**
   * Whether a request of `length` bytes at `offset` can be: OK, E_INVALID or E_RANGE.
   */
  protected checkRange(offset: u64, length: u64): i32 {
    const unit: u64 = this.blockSize - 1;
    if ((offset | length) & unit) return E_INVALID;
    return offset > this.size || length > this.size - offset ? E_RANGE : OK;
  }
}
