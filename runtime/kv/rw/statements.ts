/** Statements about nodes as they are now, one after the other, to be put into frames. */
import {
  CHUNK_ADDRESS,
  CHUNK_CHECKSUM,
  CHUNK_SIZE,
  CHUNKS_FIRST,
  CHUNKS_SIZE,
  DICTIONARY_SIZE,
  GONE_SIZE,
  STATEMENT_CHUNKS,
  STATEMENT_COUNT,
  STATEMENT_DICTIONARY,
  STATEMENT_GONE,
  STATEMENT_ID,
  STATEMENT_PARENT,
  STATEMENT_VALUE,
  VALUE_ADDRESS,
  VALUE_BYTES,
  VALUE_CHECKSUM,
  VALUE_MODIFIED,
  VALUE_SIZE,
} from "../format";
import { CHUNK_SUM, NODE_BYTES, NODE_KIND, NODE_LENGTH, NODE_MODIFIED, NODE_NAME, NODE_PARENT, VALUE } from "./tree";
import { Values } from "./values";

/** Most chunks of one statement: the shortest frames hold two. */
const CHUNKS_MAX: u32 = 256;

export class Statements {
  ptr: usize = heap.alloc(4096);
  length: u32 = 0;
  private room: u32 = 4096;

  constructor(private readonly values: Values) {}

  clear(): void {
    this.length = 0;
  }

  /** What a node is, and its first chunk. */
  node(id: u32): void {
    const values = this.values;
    const node = values.tree.node(id);
    const length: u32 = load<u16>(node, NODE_LENGTH);
    const isValue = load<u16>(node, NODE_KIND) == VALUE;
    const size = isValue ? VALUE_SIZE : DICTIONARY_SIZE;
    const at = this.add(<u32>size + length);
    store<u32>(at, (isValue ? STATEMENT_VALUE : STATEMENT_DICTIONARY) | (length << 16));
    store<u32>(at, id, STATEMENT_ID);
    store<u32>(at, load<u32>(node, NODE_PARENT), STATEMENT_PARENT);
    memory.copy(at + size, load<u32>(node, NODE_NAME), length);
    if (!isValue) return;
    const bytes = load<u64>(node, NODE_BYTES);
    const record = values.record(node, 0);
    store<u32>(at, bytes ? load<u32>(record, CHUNK_SUM) : 0, VALUE_CHECKSUM);
    store<u64>(at, bytes, VALUE_BYTES);
    store<u64>(at, load<u64>(node, NODE_MODIFIED), VALUE_MODIFIED);
    store<u64>(at, bytes ? load<u64>(record) : 0, VALUE_ADDRESS);
  }

  /** Where chunks of a value lie: those from `first` to the one before `end`. */
  chunks(id: u32, first: u32, end: u32): void {
    const values = this.values;
    const node = values.tree.node(id);
    while (first < end) {
      const count = min(end - first, CHUNKS_MAX);
      let at = this.add(<u32>CHUNKS_SIZE + count * <u32>CHUNK_SIZE);
      store<u32>(at, STATEMENT_CHUNKS);
      store<u16>(at, <u16>count, STATEMENT_COUNT);
      store<u32>(at, id, STATEMENT_ID);
      store<u32>(at, first, CHUNKS_FIRST);
      at += CHUNKS_SIZE;
      for (const last = first + count; first < last; first++, at += CHUNK_SIZE) {
        const record = values.record(node, first);
        store<u64>(at, load<u64>(record), CHUNK_ADDRESS);
        store<u32>(at, load<u32>(record, CHUNK_SUM), CHUNK_CHECKSUM);
      }
    }
  }

  /** All of a node. */
  whole(id: u32): void {
    this.node(id);
    const node = this.values.tree.node(id);
    if (load<u16>(node, NODE_KIND) == VALUE) this.chunks(id, 1, this.values.count(load<u64>(node, NODE_BYTES)));
  }

  gone(id: u32): void {
    const at = this.add(<u32>GONE_SIZE);
    store<u32>(at, STATEMENT_GONE);
    store<u32>(at, id, STATEMENT_ID);
  }

  /** Makes room at the end. */
  private add(size: u32): usize {
    const at = this.length;
    this.length += size;
    if (this.length > this.room) {
      this.room = max(this.room << 1, this.length);
      this.ptr = heap.realloc(this.ptr, this.room);
    }
    return this.ptr + at;
  }
}
