/**
 * Writes the table of a reflected cyclic redundancy check of 32 bits: what each byte leaves.
 * @param table 256 words; @param polynomial its bits in reversed order
 */
export function fillTable(table: usize, polynomial: u32): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    store<u32>(table + ((<usize>byte) << 2), remainder);
  }
}
