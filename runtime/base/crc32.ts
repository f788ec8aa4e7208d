/** CRC-32 (ISO 3309, ITU-T V.42 8.1.1.6.2): the check of GPT, gzip, PNG and Ethernet. It finds accidents, no forgery. */
import { fillTable } from "./crctable";

const POLYNOMIAL: u32 = 0xedb88320;
/** The remainder of each byte; all zero until it is needed. */
const table: usize = memory.data(256 * 4, 4);

/**
 * The CRC-32 of an area.
 * @param ptr its address; @param length bytes
 * @param before the CRC-32 of what comes before the area, to check what lies in pieces
 */
export function crc32(ptr: usize, length: usize, before: u32 = 0): u32 {
  if (!load<u32>(table, 4)) fillTable(table, POLYNOMIAL);
  let crc = ~before;
  for (const end = ptr + length; ptr < end; ptr++) {
    crc = (crc >>> 8) ^ load<u32>(table + (((crc ^ load<u8>(ptr)) & 255) << 2));
  }
  return ~crc;
}
