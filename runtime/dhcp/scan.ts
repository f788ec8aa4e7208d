/** Reading a disk block by block in their order: many are read with each request. */
import { OK } from "../base/result";
import { BlockStore } from "../block/store";

/** Octets that are read at once. */
const WINDOW: u32 = 64 * 1024;

export class BlockScan {
  private capacity: u32;
  /** What was read last. */
  private window: usize;
  private start: u64 = 0;
  private length: u32 = 0;

  constructor(private disk: BlockStore) {
    this.capacity = max(WINDOW, disk.blockSize);
    this.window = heap.alloc(this.capacity);
  }

  /** Gives the memory back; nothing can be read any more. */
  release(): void {
    heap.free(this.window);
  }

  /** Where in memory the block at an offset of the disk is, until the next call; 0: it cannot be read. */
  block(offset: u64): usize {
    if (offset - this.start >= this.length) {
      const rest = this.disk.size - offset;
      // One that cannot be read must not hide those behind it.
      if (!this.fill(offset, min<u64>(this.capacity, rest) as u32) && !this.fill(offset, this.disk.blockSize)) return 0;
    }
    return this.window + <usize>(offset - this.start);
  }

  private fill(offset: u64, length: u32): bool {
    const read = this.disk.readTo(offset, this.window, length) == OK;
    this.start = offset;
    this.length = read ? length : 0;
    return read;
  }
}
