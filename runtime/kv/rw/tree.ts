/**
 * The index: a node for each value and each dictionary, in memory. Nodes are numbered from KV_ROOT on; a number is used
 * again when its node is gone. A table of (parent, name) finds them (open addressing, linear probing: D. Knuth, The Art of
 * Computer Programming 3, 6.4), and the children of a dictionary form a ring-less list.
 *
 * It lies outside of what is collected, since there may be millions: 64 bytes for each node, its name (16 bytes or more),
 * 8 to 16 bytes of the table, and 16 bytes for each chunk of a value of several.
 */
import { equal } from "../../base/bytes";
import { KV_ROOT } from "../format";

// Node:
//        0           4           8          12
//    0  |parent     |hash       |child/chunks|next      |
//   16  |previous   |name       |length kind|version    |
//   32  |size                   |modified                |
//   48  |address                |checksum   |cached      |
export const NODE_SIZE: usize = 64;
export const NODE_PARENT: usize = 0;
/** The hash of its name in its parent, while it is in the table; of a free node, the next free one. */
const NODE_HASH: usize = 4;
const NODE_FREE: usize = 4;
/** A dictionary's first child; the records of all chunks of a value with several. */
export const NODE_CHILD: usize = 8;
export const NODE_CHUNKS: usize = 8;
export const NODE_NEXT: usize = 12;
const NODE_PREVIOUS: usize = 16;
export const NODE_NAME: usize = 20;
export const NODE_LENGTH: usize = 24;
export const NODE_KIND: usize = 26;
/** Counted up with each change of what it is or holds. */
export const NODE_VERSION: usize = 28;
export const NODE_BYTES: usize = 32;
export const NODE_MODIFIED: usize = 40;
/** The record of the first chunk, if there is only one. */
export const NODE_CHUNK: usize = 48;

// Record of a chunk: address (8 bytes), checksum, copy in the cache.
export const CHUNK_RECORD: usize = 16;
export const CHUNK_SUM: usize = 8;
export const CHUNK_CACHED: usize = 12;

export const FREE: u32 = 0;
export const VALUE: u32 = 1;
export const DICTIONARY: u32 = 2;

/** Nodes of a page, log 2: pages are 64 KiB. */
const PAGE_BITS: u32 = 10;
const PAGE_SIZE: usize = NODE_SIZE << PAGE_BITS;

/**
 * A place of the table holds a node's number and the upper bits of its hash, so that nodes with other names need not be
 * looked at, which are elsewhere in memory; or 0. More numbers than these bits have do not fit into memory.
 */
const IDS: u32 = (1 << 26) - 1;

export class Tree {
  /** Numbers that were given out so far, and 0. */
  count: u32 = 0;
  private pages: usize = 0;
  private pageCount: u32 = 0;
  private free: u32 = 0;
  private table: usize = 0;
  private mask: u32 = 255;
  /** Nodes that are in the table. */
  size: u32 = 0;
  /** Bytes of all names. */
  names: u64 = 0;

  constructor() {
    this.table = heap.alloc((<usize>(this.mask + 1)) << 2);
    memory.fill(this.table, 0, (<usize>(this.mask + 1)) << 2);
    this.reach(KV_ROOT);
    store<u16>(this.node(KV_ROOT), DICTIONARY, NODE_KIND);
  }

  /** Address of a node, which stays. */
  node(id: u32): usize {
    return (
      <usize>load<u32>(this.pages + ((<usize>(id >>> PAGE_BITS)) << 2)) + ((<usize>(id & ((1 << PAGE_BITS) - 1))) << 6)
    );
  }

  kind(id: u32): u32 {
    return load<u16>(this.node(id), NODE_KIND);
  }

  /** Makes numbers up to this one usable. @returns false when memory is short */
  reach(id: u32): bool {
    if (id > IDS) return false;
    while (id >>> PAGE_BITS >= this.pageCount) {
      if (short(PAGE_SIZE + ((<usize>this.pageCount) << 3))) return false;
      if (!(this.pageCount & (this.pageCount - 1))) {
        const pages = heap.alloc((<usize>max<u32>(this.pageCount << 1, 1)) << 2);
        memory.copy(pages, this.pages, (<usize>this.pageCount) << 2);
        if (this.pages) heap.free(this.pages);
        this.pages = pages;
      }
      // A node lies in one line of the processor's cache.
      const page = (heap.alloc(PAGE_SIZE + NODE_SIZE - 1) + NODE_SIZE - 1) & ~(NODE_SIZE - 1);
      memory.fill(page, 0, PAGE_SIZE);
      store<u32>(this.pages + ((<usize>this.pageCount) << 2), <u32>page);
      this.pageCount++;
    }
    this.count = max(this.count, id + 1);
    return true;
  }

  /** A number that is free, or 0 when memory is short. */
  take(): u32 {
    const id = this.free;
    if (!id) return this.reach(this.count) ? this.count - 1 : 0;
    this.free = load<u32>(this.node(id), NODE_FREE);
    return id;
  }

  /** Gives a number back. Its version lives on: who still knows it sees that it is another node. */
  give(id: u32): void {
    const node = this.node(id);
    const version = load<u32>(node, NODE_VERSION);
    if (load<u32>(node, NODE_NAME)) heap.free(load<u32>(node, NODE_NAME));
    this.names -= load<u16>(node, NODE_LENGTH);
    memory.fill(node, 0, NODE_SIZE);
    store<u32>(node, version + 1, NODE_VERSION);
    store<u32>(node, this.free, NODE_FREE);
    this.free = id;
  }

  /** The node of a name in a dictionary, or 0. */
  find(parent: u32, name: usize, length: u32): u32 {
    const sum = hash(parent, name, length);
    let at = sum;
    let found = load<u32>(this.place(at));
    while (found) {
      const id = found & IDS;
      const node = this.node(id);
      if (
        (found ^ sum) <= IDS &&
        load<u32>(node, NODE_PARENT) == parent &&
        load<u16>(node, NODE_LENGTH) == length &&
        equal(load<u32>(node, NODE_NAME), name, length)
      )
        return id;
      found = load<u32>(this.place(++at));
    }
    return 0;
  }

  /** Gives a node a name, of which a copy is made. Then it has to be linked. */
  name(id: u32, parent: u32, name: usize, length: u32): void {
    const node = this.node(id);
    const copy = heap.alloc(length);
    memory.copy(copy, name, length);
    if (load<u32>(node, NODE_NAME)) heap.free(load<u32>(node, NODE_NAME));
    this.names += <u64>length - load<u16>(node, NODE_LENGTH);
    store<u32>(node, <u32>copy, NODE_NAME);
    store<u16>(node, <u16>length, NODE_LENGTH);
    store<u32>(node, parent, NODE_PARENT);
  }

  /** Puts a node that has a name into the table and among the children of its parent. */
  link(id: u32): void {
    // At most half full: the place of what is not there is then mostly empty. Full it would have no end.
    const places = this.mask + 1;
    if (++this.size > places >>> 1 && (this.size > places - (places >>> 3) || !short((<usize>places) << 3)))
      this.widen(places << 1);
    const node = this.node(id);
    const parent = load<u32>(node, NODE_PARENT);
    store<u32>(node, hash(parent, load<u32>(node, NODE_NAME), load<u16>(node, NODE_LENGTH)), NODE_HASH);
    this.enter(id, node);
    const first = load<u32>(this.node(parent), NODE_CHILD);
    store<u32>(node, first, NODE_NEXT);
    store<u32>(node, 0, NODE_PREVIOUS);
    if (first) store<u32>(this.node(first), id, NODE_PREVIOUS);
    store<u32>(this.node(parent), id, NODE_CHILD);
  }

  /** Takes a node out again; it keeps its name. */
  unlink(id: u32): void {
    const node = this.node(id);
    const parent = load<u32>(node, NODE_PARENT);
    this.leave(id, node);
    const next = load<u32>(node, NODE_NEXT);
    const previous = load<u32>(node, NODE_PREVIOUS);
    if (previous) store<u32>(this.node(previous), next, NODE_NEXT);
    else store<u32>(this.node(parent), next, NODE_CHILD);
    if (next) store<u32>(this.node(next), previous, NODE_PREVIOUS);
    // It is linked no more, whenever the table is made wider.
    store<u32>(node, 0, NODE_PREVIOUS);
    this.size--;
  }

  private enter(id: u32, node: usize): void {
    const sum = load<u32>(node, NODE_HASH);
    let at = sum;
    while (load<u32>(this.place(at))) at++;
    store<u32>(this.place(at), id | (sum & ~IDS));
  }

  /** Takes a node out of the table, and moves up those behind it that were put there for want of a place. */
  private leave(id: u32, node: usize): void {
    let hole = load<u32>(node, NODE_HASH);
    while ((load<u32>(this.place(hole)) & IDS) != id) hole++;
    for (let at = hole + 1; ; at++) {
      const found = load<u32>(this.place(at));
      if (!found) break;
      // How far it is from where it belongs, in a table that is a ring: as far as the hole, or farther?
      const home = load<u32>(this.node(found & IDS), NODE_HASH);
      if (((at - home) & this.mask) < at - hole) continue;
      store<u32>(this.place(hole), found);
      hole = at;
    }
    store<u32>(this.place(hole), 0);
  }

  /** Address of a place of the table, which is a ring. */
  private place(at: u32): usize {
    return this.table + ((<usize>(at & this.mask)) << 2);
  }

  /** Makes the table wide enough for so many nodes, while none is linked. @returns false when memory is short */
  widenFor(nodes: u32): bool {
    let places = this.mask + 1;
    while (places >>> 1 < nodes) places <<= 1;
    if (places == this.mask + 1) return true;
    if (short((<usize>places) << 2)) return false;
    this.widen(places);
    return true;
  }

  private widen(places: u32): void {
    const bytes = (<usize>places) << 2;
    heap.free(this.table);
    this.table = heap.alloc(bytes);
    memory.fill(this.table, 0, bytes);
    this.mask = places - 1;
    // All but the node that is being linked.
    let left = max<u32>(this.size, 1) - 1;
    for (let id = KV_ROOT + 1; left; id++) {
      const node = this.node(id);
      if (!load<u16>(node, NODE_KIND) || !this.linked(id)) continue;
      this.enter(id, node);
      left--;
    }
  }

  /** Whether a node is among the children of its parent. */
  private linked(id: u32): bool {
    const node = this.node(id);
    if (load<u32>(node, NODE_PREVIOUS)) return true;
    return load<u32>(this.node(load<u32>(node, NODE_PARENT)), NODE_CHILD) == id;
  }
}

/** An odd number near 2^64 divided by the golden ratio: products with it differ in their upper bits. */
const FACTOR: u64 = ((<u64>0x9e3779b9) << 32) | 0x7f4a7c15;

/** A hash of a name in a dictionary. */
export function hash(parent: u32, name: usize, length: u32): u32 {
  let value = (((<u64>parent) << 32) | length) * FACTOR;
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) value = mix(value ^ load<u64>(name + i));
  for (; i < length; i++) value = mix(value ^ load<u8>(name + i));
  return <u32>(value >> 32);
}

function mix(value: u64): u64 {
  value *= FACTOR;
  return value ^ (value >> 29);
}

/** Whether so many bytes may not be had. Memory that cannot be had would end the image. */
export function short(bytes: usize): bool {
  return __memory_tight() && __memory_free() < (bytes << 1) + 65536;
}
