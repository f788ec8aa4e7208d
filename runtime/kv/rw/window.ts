/** Reads a disk forward, in pieces much longer than what is asked for. */
import { E_AGAIN, OK } from "../../base/result";
import { BlockStore } from "../../block/store";
import { KV_FRAME_MAX } from "../format";
import { Segments } from "./segments";

const ROOM: u32 = KV_FRAME_MAX * 2;

export class Window {
  /** Where what was asked for is in memory. */
  ptr: usize = 0;
  private readonly buffer: usize = heap.alloc(ROOM);
  private start: u64 = 0;
  private length: u32 = 0;

  constructor(
    private readonly device: BlockStore,
    private readonly segments: Segments,
  ) {}

  dispose(): void {
    heap.free(this.buffer);
  }

  /**
   * Makes `ptr` point at a copy of the disk.
   * @param address a multiple of the disk's block; @param length at most KV_FRAME_MAX
   * @returns OK, E_AGAIN when it reaches past the end of its segment, or what the disk says
   */
  read(address: u64, length: u32): i32 {
    if (address < this.start || address + length > this.start + this.length) {
      const room = this.segments.end(address) - address;
      if (length > room) return E_AGAIN;
      // At least all of a header's block, at most to the segment's end.
      const wanted = <u32>min<u64>(ROOM, room);
      const outcome = this.device.readTo(address, this.buffer, wanted);
      if (outcome != OK) {
        this.length = 0;
        return outcome;
      }
      this.start = address;
      this.length = wanted;
    }
    this.ptr = this.buffer + <usize>(address - this.start);
    return OK;
  }
}
