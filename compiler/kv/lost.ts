/** Frames that no log leads to any more. */
import * as format from "../../runtime/kv/format.ts";
import { type Disk, SECTOR, type Superblock } from "./disk.ts";

const PIECE = 1024 * 1024;

/**
 * How many whole frames the store's last run has written behind the end of the log.
 * @param sequence that the frame at the end would have
 */
export function lostFrames(disk: Disk, superblock: Superblock, sequence: number): number {
  let count = 0;
  for (let at = format.KV_SEGMENTS; at < superblock.bytes; at += PIECE) {
    const piece = disk.read(at, Math.min(PIECE, superblock.bytes - at));
    for (let i = 0; i + format.FRAME_HEADER <= piece.length; i += SECTOR) {
      if (piece.readUInt32LE(i) !== format.FRAME_MAGIC) continue;
      if (piece.readUInt32LE(i + format.FRAME_EPOCH) !== superblock.epoch) continue;
      const frame = disk.frame(at + i, superblock);
      if (frame && !(frame.flags & format.FRAME_CHECKPOINT) && frame.sequence > sequence) count++;
    }
  }
  return count;
}
