import { crc32 } from "fata";

// The state of a game, at the beginning of its sector; numbers are big-endian, as Mirage's example has them.
//
//        0       4       8
//    0  |"LOTO" |score  |CRC-32 of what is before|  zeros

const MAGIC: u32 = 0x4c4f544f;
const SCORE: usize = 4;
const CHECKSUM: usize = 8;
/** Bytes of a state. */
export const STATE_SIZE: u32 = 12;

/** Writes a state. @param sector of at least STATE_SIZE bytes */
export function writeState(sector: Uint8Array, score: u32): void {
  sector.fill(0);
  const at = sector.dataStart;
  store<u32>(at, bswap(MAGIC));
  store<u32>(at, bswap(score), SCORE);
  store<u32>(at, bswap(crc32(at, CHECKSUM)), CHECKSUM);
}

/** Why a sector holds no state, or null when it does. */
export function checkState(sector: Uint8Array): string | null {
  const at = sector.dataStart;
  if (load<u32>(at) != bswap(MAGIC)) return "bad magic; is this lottery data?";
  if (load<u32>(at, CHECKSUM) != bswap(crc32(at, CHECKSUM))) return "bad checksum; possible data corruption";
  return null;
}

/** The high score of a state that was checked. */
export function scoreOf(sector: Uint8Array): u32 {
  return bswap(load<u32>(sector.dataStart, SCORE));
}
