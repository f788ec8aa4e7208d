/**
 * Octets of a stream by their sequence numbers: of a direction's window, in any order. Octet n lies in chunk n / CHUNK of
 * a table that goes round, so that no octet is moved once it lies here. Chunks are taken where octets are, only.
 */
import { Ipv4 } from "../ipv4";
import { CHUNK, CHUNK_BITS, ChunkPool, SHARE } from "./chunks";

/** Whether an address is not in the heap: there are no chunks then. */
function isStatic(address: usize): bool {
  return address <= __heap_base;
}

/** Entries of a table at first: windows of 12 KiB and more. */
const ENTRIES: u32 = 4;

export class StreamBuffer {
  private table: usize = 0;
  /** Entries of the table, a power of two, less one. */
  private mask: u32 = 0;
  /** Chunks it has. */
  private chunks: u32 = 0;

  /** @param scarce when chunks are scarce for what lies here: SCARCE_TO_SEND or SCARCE_TO_RECEIVE */
  constructor(
    private pool: ChunkPool,
    private scarce: u32,
  ) {}

  /**
   * Copies octets in, as many as there is memory for.
   * @param base the number of the first octet that is kept here
   * @param at the number of the first octet to write, at or behind base; @param from where they are; @param length how many
   * @param constant whether they never change: whole chunks of the image's own data stay where they are
   * @returns how many were taken
   */
  write(base: u32, at: u32, from: usize, length: u32, constant: bool = false): u32 {
    if (length == 0) return 0;
    const span = ((at + length - 1) >>> CHUNK_BITS) - (base >>> CHUNK_BITS);
    this.cover(base, (span & (u32.MAX_VALUE >>> CHUNK_BITS)) + 1);
    let left = length;
    while (left != 0) {
      const entry = this.entry(at);
      const offset = at & (CHUNK - 1);
      if (constant && offset == 0 && left >= CHUNK && isStatic(from + CHUNK)) {
        store<u32>(entry, <u32>from);
        from += CHUNK;
        at += CHUNK;
        left -= CHUNK;
        continue;
      }
      let chunk = load<u32>(entry);
      if (chunk == 0) {
        if (this.chunks >= SHARE && this.pool.isScarce(this.scarce)) break;
        chunk = <u32>this.pool.take();
        if (chunk == 0) break;
        this.chunks++;
        store<u32>(entry, chunk);
      }
      const count = min(left, CHUNK - offset);
      memory.copy(chunk + offset, from, count);
      from += count;
      at += count;
      left -= count;
    }
    return length - left;
  }

  /** Copies octets out, all of which were written. */
  read(at: u32, to: usize, length: u32): void {
    while (length != 0) {
      const offset = at & (CHUNK - 1);
      const count = min(length, CHUNK - offset);
      memory.copy(to, load<u32>(this.entry(at)) + offset, count);
      to += count;
      at += count;
      length -= count;
    }
  }

  /** Has octets, all of which were written, follow what is in the reserved buffer, from where they are. */
  appendTo(ip: Ipv4, at: u32, length: u32): void {
    while (length != 0) {
      const offset = at & (CHUNK - 1);
      const count = min(length, CHUNK - offset);
      ip.append(load<u32>(this.entry(at)) + offset, count);
      at += count;
      length -= count;
    }
  }

  /**
   * Gives back the chunks of octets that are not needed any more.
   * @param from the number of the first of them; @param to the number behind the last; @param empty whether nothing that
   *   is needed lies behind
   */
  release(from: u32, to: u32, empty: bool): void {
    if (this.table == 0) return;
    let index = from >>> CHUNK_BITS;
    const last = to >>> CHUNK_BITS;
    for (; index != last; index = (index + 1) & (u32.MAX_VALUE >>> CHUNK_BITS)) this.drop(index);
    if (empty) this.drop(last);
  }

  /** Gives everything back. */
  clear(): void {
    if (this.table == 0) return;
    for (let i: u32 = 0; i <= this.mask; i++) this.drop(i);
    heap.free(this.table);
    this.table = 0;
  }

  private drop(index: u32): void {
    const entry = this.table + ((index & this.mask) << 2);
    const chunk = load<u32>(entry);
    if (chunk == 0) return;
    store<u32>(entry, 0);
    if (isStatic(chunk)) return;
    this.chunks--;
    this.pool.give(chunk);
  }

  private entry(at: u32): usize {
    return this.table + (((at >>> CHUNK_BITS) & this.mask) << 2);
  }

  /** Makes the table long enough for `count` chunks, the first of which is base's. */
  private cover(base: u32, count: u32): void {
    const before = this.table ? this.mask + 1 : 0;
    if (count <= before) return;
    let size = before ? before : ENTRIES;
    while (size < count) size <<= 1;
    const table = heap.alloc(size << 2);
    memory.fill(table, 0, size << 2);
    const first = base >>> CHUNK_BITS;
    for (let i: u32 = 0; i < before; i++) {
      store<u32>(table + (((first + i) & (size - 1)) << 2), load<u32>(this.table + (((first + i) & this.mask) << 2)));
    }
    if (before) heap.free(this.table);
    this.table = table;
    this.mask = size - 1;
  }
}
