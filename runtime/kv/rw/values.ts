/** What values consist of: chunks of one length, the last one shorter, each with its place on the disk. */
import { E_NO_MEMORY, OK } from "../../base/result";
import { Cache } from "./cache";
import { Segments } from "./segments";
import {
  CHUNK_RECORD,
  CHUNK_SUM,
  FREE,
  NODE_BYTES,
  NODE_CHUNK,
  NODE_CHUNKS,
  NODE_KIND,
  short,
  Tree,
  VALUE,
} from "./tree";

export class Values {
  /** Records in tables of their own. */
  records: u64 = 0;
  /** Of the bytes of a chunk, log 2: a division takes long, and each access has some. */
  private readonly shift: u32;

  /** @param chunk bytes of a chunk, a power of two */
  constructor(
    readonly tree: Tree,
    readonly segments: Segments,
    readonly cache: Cache,
    readonly chunk: u32,
  ) {
    this.shift = ctz(chunk);
  }

  /** Which chunk of a value has a byte. */
  index(offset: u64): u32 {
    return <u32>(offset >> this.shift);
  }

  /** Chunks of a value of so many bytes. */
  count(size: u64): u32 {
    return this.index(size + this.chunk - 1);
  }

  /** Bytes of a chunk of a value of so many bytes. */
  length(size: u64, index: u32): u32 {
    return <u32>min<u64>(this.chunk, size - ((<u64>index) << this.shift));
  }

  /** Address of the record of a chunk that the value has. */
  record(node: usize, index: u32): usize {
    if (load<u64>(node, NODE_BYTES) <= this.chunk) return node + NODE_CHUNK;
    return <usize>load<u32>(node, NODE_CHUNKS) + <usize>index * CHUNK_RECORD;
  }

  /**
   * Gives a value another size. The chunks that it had and still has stay; new ones lie nowhere yet.
   * @returns OK or E_NO_MEMORY, and nothing was changed
   */
  resize(id: u32, size: u64): i32 {
    const node = this.tree.node(id);
    const before = load<u64>(node, NODE_BYTES);
    if (size == before) return OK;
    const had = this.count(before);
    const has = this.count(size);
    let table: usize = 0;
    if (has > 1) {
      if (short(<usize>has * CHUNK_RECORD)) return E_NO_MEMORY;
      table = heap.alloc(<usize>has * CHUNK_RECORD);
      memory.fill(table, 0, <usize>has * CHUNK_RECORD);
      this.records += has;
    }
    const kept = min(had, has);
    const old: usize = had > 1 ? <usize>load<u32>(node, NODE_CHUNKS) : 0;
    for (let i: u32 = 0; i < had; i++) {
      const record = this.record(node, i);
      const address = load<u64>(record);
      if (address) this.segments.release(address, this.length(before, i));
      if (i >= kept || this.length(before, i) != this.length(size, i)) this.cache.drop(record);
    }
    const first = old ? old : node + NODE_CHUNK;
    if (table) {
      memory.copy(table, first, <usize>kept * CHUNK_RECORD);
      memory.fill(node + NODE_CHUNK, 0, CHUNK_RECORD);
    } else if (old) {
      memory.copy(node + NODE_CHUNK, old, <usize>kept * CHUNK_RECORD);
    }
    if (!has) memory.fill(node + NODE_CHUNK, 0, CHUNK_RECORD);
    store<u64>(node, size, NODE_BYTES);
    store<u32>(node, <u32>table, NODE_CHUNKS);
    if (old) {
      heap.free(old);
      this.records -= had;
    }
    for (let i: u32 = 0; i < kept; i++) {
      const record = this.record(node, i);
      this.cache.moved(record);
      const address = load<u64>(record);
      if (address) this.segments.keep(address, this.length(size, i));
    }
    return OK;
  }

  /** Says where a chunk lies. What was cached of it is forgotten. */
  put(id: u32, index: u32, address: u64, checksum: u32): void {
    const node = this.tree.node(id);
    const record = this.record(node, index);
    const length = this.length(load<u64>(node, NODE_BYTES), index);
    const before = load<u64>(record);
    if (before) this.segments.release(before, length);
    this.cache.drop(record);
    store<u64>(record, address);
    store<u32>(record, checksum, CHUNK_SUM);
    this.segments.keep(address, length);
  }

  /** A chunk lies elsewhere now, unchanged. */
  relocate(id: u32, index: u32, address: u64): void {
    const node = this.tree.node(id);
    const record = this.record(node, index);
    const length = this.length(load<u64>(node, NODE_BYTES), index);
    this.segments.release(load<u64>(record), length);
    store<u64>(record, address);
    this.segments.keep(address, length);
  }

  /** Makes a free number a value or a dictionary, or one of these the other. */
  become(id: u32, kind: u32): void {
    const node = this.tree.node(id);
    const before: u32 = load<u16>(node, NODE_KIND);
    if (before == kind) return;
    if (before == VALUE) this.resize(id, 0);
    if (before != FREE) store<u32>(node, 0, NODE_CHUNKS);
    store<u16>(node, <u16>kind, NODE_KIND);
  }

  /** Gives a node's number back, with all that it held; it must not be linked. */
  free(id: u32): void {
    const node = this.tree.node(id);
    if (load<u16>(node, NODE_KIND) == VALUE) this.resize(id, 0);
    this.tree.give(id);
  }
}
