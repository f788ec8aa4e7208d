/** A disk in the image's own memory: for what need not outlive it, and for tests. */
import { E_TOO_LONG, OK } from "../base/result";
import { BlockStore } from "./store";

/** As many buffers as a disk of the host's takes in one request. */
const BUFFERS_MAX: i32 = 64;

/** Full of zeros at first. Nothing here suspends. */
export class MemoryDisk extends BlockStore {
  private readonly memory: usize;

  /**
   * Takes the memory for good; if there is not as much, the image ends.
   * @param size bytes, a multiple of the block size; @param blockSize a power of two
   */
  constructor(size: u32, blockSize: u32 = 512) {
    super();
    assert(popcnt(blockSize) == 1, "a block's size is a power of two");
    assert(size % blockSize == 0, "the size of a disk is a multiple of its block size");
    this.size = size;
    this.blockSize = blockSize;
    this.canDiscard = true;
    this.memory = heap.alloc(size);
    memory.fill(this.memory, 0, size);
  }

  read(offset: u64, buffer: Uint8Array): i32 {
    return this.readTo(offset, buffer.dataStart, buffer.byteLength);
  }

  write(offset: u64, buffer: Uint8Array): i32 {
    return this.writeFrom(offset, buffer.dataStart, buffer.byteLength);
  }

  readv(offset: u64, buffers: Uint8Array[]): i32 {
    const wrong = this.checkBuffers(offset, buffers);
    if (wrong != OK) return wrong;
    for (let i = 0; i < buffers.length; i++) {
      this.read(offset, buffers[i]);
      offset += buffers[i].byteLength;
    }
    return OK;
  }

  writev(offset: u64, buffers: Uint8Array[]): i32 {
    const wrong = this.checkBuffers(offset, buffers);
    if (wrong != OK) return wrong;
    for (let i = 0; i < buffers.length; i++) {
      this.write(offset, buffers[i]);
      offset += buffers[i].byteLength;
    }
    return OK;
  }

  readTo(offset: u64, ptr: usize, length: u32): i32 {
    const wrong = this.checkRange(offset, length);
    if (wrong == OK) memory.copy(ptr, this.memory + <usize>offset, length);
    return wrong;
  }

  writeFrom(offset: u64, ptr: usize, length: u32): i32 {
    const wrong = this.checkRange(offset, length);
    if (wrong == OK) memory.copy(this.memory + <usize>offset, ptr, length);
    return wrong;
  }

  flush(): i32 {
    return OK;
  }

  discard(offset: u64, length: u64): i32 {
    const wrong = this.checkRange(offset, length);
    if (wrong == OK) memory.fill(this.memory + <usize>offset, 0, <usize>length);
    return wrong;
  }

  /** Whether such a request can be: nothing is transferred of one that cannot. */
  private checkBuffers(offset: u64, buffers: Uint8Array[]): i32 {
    if (buffers.length > BUFFERS_MAX) return E_TOO_LONG;
    let length: u64 = 0;
    let unit: u64 = 0;
    for (let i = 0; i < buffers.length; i++) {
      length += buffers[i].byteLength;
      unit |= buffers[i].byteLength;
    }
    // Each buffer is to be of whole blocks, too.
    const wrong = this.checkRange(0, unit & (this.blockSize - 1));
    return wrong == OK ? this.checkRange(offset, length) : wrong;
  }
}
