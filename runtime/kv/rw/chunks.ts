/** Reads chunks from the disk, or from what is on its way there, and checks them. */

import { OK } from "../../base/result";
import { SlicedCrc32 } from "../../base/slicedcrc32";
import { BlockStore } from "../../block/store";
import { E_IO } from "../../sys/results";
import { Log } from "./log";

export class Chunks {
  /** Buffers that nobody uses, linked through their first words: as many as fibers have read at once. */
  private spare: usize = 0;
  private readonly room: usize;

  /** @param chunk most bytes of one */
  constructor(
    private readonly device: BlockStore,
    private readonly log: Log,
    private readonly crc: SlicedCrc32,
    chunk: u32,
  ) {
    this.room = <usize>chunk + 2 * device.blockSize;
  }

  /** A buffer to read into. */
  take(): usize {
    const buffer = this.spare;
    if (!buffer) return heap.alloc(this.room);
    this.spare = load<usize>(buffer);
    return buffer;
  }

  give(buffer: usize): void {
    store<usize>(buffer, this.spare);
    this.spare = buffer;
  }

  /**
   * Reads a chunk.
   * @param buffer one of those above
   * @returns where its bytes are until the fiber waits again, or a code: E_IO also when the checksum is another one
   */
  read(address: u64, length: u32, checksum: u32, buffer: usize): i64 {
    const here = this.log.find(address);
    if (here) return <i64>here;
    const block: u64 = this.device.blockSize - 1;
    const start = address & ~block;
    const end = (address + length + block) & ~block;
    const outcome = this.device.readTo(start, buffer, <u32>(end - start));
    if (outcome != OK) return outcome;
    const ptr = buffer + <usize>(address - start);
    return this.crc.of(ptr, length) == checksum ? <i64>ptr : E_IO;
  }
}
