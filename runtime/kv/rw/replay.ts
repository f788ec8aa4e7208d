/**
 * Opening a store: what the checkpoint says, then what the log says after it, frame by frame, up to the first that is not
 * whole. Each statement is about one node and replaces what was said of it before. So the checkpoint may have been written
 * while nodes changed: the log, which begins before it, says the rest.
 */

import { E_AGAIN, E_NO_MEMORY, OK } from "../../base/result";
import { SlicedCrc32 } from "../../base/slicedcrc32";
import { BlockStore } from "../../block/store";
import {
  CHUNK_ADDRESS,
  CHUNK_CHECKSUM,
  CHUNK_SIZE,
  CHUNKS_FIRST,
  CHUNKS_SIZE,
  DATA_ADDRESS,
  DATA_CHECKSUM,
  DATA_LENGTH,
  DATA_SIZE,
  DICTIONARY_SIZE,
  FRAME_CHAIN,
  FRAME_CHECKPOINT,
  FRAME_CHECKSUM,
  FRAME_DATA,
  FRAME_EPOCH,
  FRAME_FLAGS,
  FRAME_HEADER,
  FRAME_LAST,
  FRAME_MAGIC,
  FRAME_MORE,
  FRAME_NEXT,
  FRAME_SEQUENCE,
  FRAME_STATEMENTS,
  GONE_SIZE,
  KV_NAME_MAX,
  KV_ROOT,
  STATEMENT_CHUNKS,
  STATEMENT_COUNT,
  STATEMENT_DATA,
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
import { frameChecksum } from "./frame";
import { Superblock } from "./superblock";
import {
  DICTIONARY,
  FREE,
  NODE_BYTES,
  NODE_KIND,
  NODE_LENGTH,
  NODE_MODIFIED,
  NODE_NAME,
  NODE_PARENT,
  VALUE,
} from "./tree";
import { Values } from "./values";
import { Window } from "./window";

/** The statements contradict each other, or themselves: a fault of who wrote them, not of the disk. */
export const E_DAMAGED: i32 = -1000;

export class Replay {
  /** Where the log goes on. */
  address: u64;
  sequence: u64;
  chain: u32;
  private readonly window: Window;
  /** Most records of chunks that the tables of values may hold: more than could be on the disk. */
  private readonly most: u64;
  /** Where the frame that is looked at is in memory, where on the disk, and its bytes. */
  private frame: usize = 0;
  private place: u64 = 0;
  private end: u64 = 0;

  constructor(
    device: BlockStore,
    private readonly superblock: Superblock,
    private readonly values: Values,
    private readonly crc: SlicedCrc32,
  ) {
    this.window = new Window(device, values.segments);
    this.address = superblock.log;
    this.sequence = superblock.sequence;
    this.chain = superblock.chain;
    this.most = (superblock.bytes / superblock.chunk) * 4 + 4096;
  }

  /** Does all of it. @returns OK, E_DAMAGED, E_NO_MEMORY or what the disk says */
  run(): i32 {
    let outcome = this.readCheckpoint();
    if (outcome == OK) outcome = this.readLog();
    if (outcome == OK) outcome = this.link();
    this.window.dispose();
    return outcome;
  }

  private readCheckpoint(): i32 {
    let address = this.superblock.checkpoint;
    let chain: u32 = 0;
    for (let sequence: u64 = 0; address; sequence++) {
      let outcome = this.look(address);
      if (outcome == E_AGAIN) return E_DAMAGED;
      if (outcome != OK) return outcome;
      const frame = this.frame;
      const flags = load<u32>(frame, FRAME_FLAGS);
      if (
        load<u64>(frame, FRAME_SEQUENCE) != sequence ||
        load<u32>(frame, FRAME_CHAIN) != chain ||
        !(flags & FRAME_CHECKPOINT)
      )
        return E_DAMAGED;
      chain = load<u32>(frame, FRAME_CHECKSUM);
      this.values.segments.note(address, true, 0);
      address = flags & FRAME_LAST ? 0 : load<u64>(frame, FRAME_NEXT);
      if (!address && !(flags & FRAME_LAST)) return E_DAMAGED;
      outcome = this.apply();
      if (outcome != OK) return outcome;
    }
    return OK;
  }

  private readLog(): i32 {
    let address = this.address;
    let sequence = this.sequence;
    let chain = this.chain;
    let epoch: u32 = 0;
    /** Where what counts together began, if it is not one frame. */
    let group: u64 = 0;
    this.values.segments.note(address, false, 0);
    for (;;) {
      let outcome = this.look(address);
      if (outcome == E_AGAIN) break;
      if (outcome != OK) return outcome;
      const frame = this.frame;
      const flags = load<u32>(frame, FRAME_FLAGS);
      const itsEpoch = load<u32>(frame, FRAME_EPOCH);
      if (
        load<u64>(frame, FRAME_SEQUENCE) != sequence ||
        load<u32>(frame, FRAME_CHAIN) != chain ||
        itsEpoch < epoch ||
        itsEpoch > this.superblock.epoch ||
        flags & FRAME_CHECKPOINT ||
        !this.dataIsWhole()
      )
        break;
      epoch = itsEpoch;
      chain = load<u32>(frame, FRAME_CHECKSUM);
      sequence++;
      const next = load<u64>(frame, FRAME_NEXT);
      if (flags & FRAME_MORE) {
        if (!group) group = address;
        address = next;
        continue;
      }
      outcome = group ? this.applyGroup(group, address) : this.apply();
      if (outcome != OK) return outcome;
      group = 0;
      address = next;
      this.address = address;
      this.sequence = sequence;
      this.chain = chain;
      this.values.segments.note(address, false, sequence);
    }
    // A power cut takes nothing that was durable.
    return sequence - this.superblock.sequence < this.superblock.durable ? E_DAMAGED : OK;
  }

  /** Applies frames that count together, which are known to be whole. */
  private applyGroup(first: u64, last: u64): i32 {
    let address = first;
    let outcome = OK;
    for (let more = true; more && outcome == OK; address = load<u64>(this.frame, FRAME_NEXT)) {
      outcome = this.look(address);
      if (outcome == E_AGAIN) return E_DAMAGED;
      if (outcome != OK) return outcome;
      this.values.segments.note(address, false, load<u64>(this.frame, FRAME_SEQUENCE));
      outcome = this.apply();
      more = address != last;
    }
    return outcome;
  }

  /** Reads the frame at an address. @returns OK, E_AGAIN when there is none that is whole, or what the disk says */
  private look(address: u64): i32 {
    const window = this.window;
    let outcome = window.read(address, <u32>FRAME_HEADER);
    if (outcome != OK) return outcome;
    const data = load<u32>(window.ptr, FRAME_DATA);
    const statements = load<u32>(window.ptr, FRAME_STATEMENTS);
    if (load<u32>(window.ptr) != FRAME_MAGIC) return E_AGAIN;
    const length = <u64>FRAME_HEADER + data + statements;
    if (length > this.superblock.frame) return E_AGAIN;
    outcome = window.read(address, <u32>length);
    if (outcome != OK) return outcome;
    const frame = window.ptr;
    if (frameChecksum(this.crc, frame) != load<u32>(frame, FRAME_CHECKSUM)) return E_AGAIN;
    if (!(load<u32>(frame, FRAME_FLAGS) & FRAME_LAST) && !this.superblock.isPlace(load<u64>(frame, FRAME_NEXT)))
      return E_AGAIN;
    this.frame = frame;
    this.place = address;
    this.end = address + FRAME_HEADER + data;
    return OK;
  }

  /** Whether all data of the frame that its statements tell of has the checksum that they give. */
  private dataIsWhole(): bool {
    let at = this.frame + FRAME_HEADER + load<u32>(this.frame, FRAME_DATA);
    const end = at + load<u32>(this.frame, FRAME_STATEMENTS);
    while (at < end) {
      const size = statementSize(at, end - at);
      if (!size) return false;
      const kind: u32 = load<u8>(at);
      if (kind == STATEMENT_DATA) {
        if (!this.isWhole(load<u64>(at, DATA_ADDRESS), load<u32>(at, DATA_LENGTH), load<u32>(at, DATA_CHECKSUM)))
          return false;
      } else if (kind == STATEMENT_VALUE) {
        const length = this.values.length(load<u64>(at, VALUE_BYTES), 0);
        if (!this.isWhole(load<u64>(at, VALUE_ADDRESS), length, load<u32>(at, VALUE_CHECKSUM))) return false;
      }
      at += size;
    }
    return true;
  }

  /** Whether data has a checksum, if it lies in this frame: else it was looked at before. */
  private isWhole(address: u64, length: u32, checksum: u32): bool {
    if (!length || address < this.place + FRAME_HEADER || address >= this.end) return true;
    if (length > this.end - address) return false;
    return this.crc.of(this.frame + <usize>(address - this.place), length) == checksum;
  }

  /** Makes all statements of the frame true. */
  private apply(): i32 {
    let at = this.frame + FRAME_HEADER + load<u32>(this.frame, FRAME_DATA);
    const end = at + load<u32>(this.frame, FRAME_STATEMENTS);
    while (at < end) {
      const size = statementSize(at, end - at);
      if (!size) return E_DAMAGED;
      const outcome = this.applyOne(at);
      if (outcome != OK) return outcome;
      at += size;
    }
    return OK;
  }

  private applyOne(at: usize): i32 {
    const kind: u32 = load<u8>(at);
    if (kind == STATEMENT_DATA) return OK;
    const values = this.values;
    const tree = values.tree;
    const id = load<u32>(at, STATEMENT_ID);
    // Each number stands for a statement that was on this disk.
    if (id <= KV_ROOT || id > this.superblock.bytes / GONE_SIZE) return E_DAMAGED;
    if (!tree.reach(id)) return E_NO_MEMORY;
    const node = tree.node(id);
    const count: u32 = load<u16>(at, STATEMENT_COUNT);
    if (kind == STATEMENT_GONE) {
      values.become(id, FREE);
      return OK;
    }
    if (kind == STATEMENT_CHUNKS) return this.applyChunks(at, id, count);
    const isValue = kind == STATEMENT_VALUE;
    values.become(id, isValue ? VALUE : DICTIONARY);
    tree.name(id, load<u32>(at, STATEMENT_PARENT), at + (isValue ? VALUE_SIZE : DICTIONARY_SIZE), count);
    if (!isValue) return OK;
    const size = load<u64>(at, VALUE_BYTES);
    store<u64>(node, load<u64>(at, VALUE_MODIFIED), NODE_MODIFIED);
    if (size > this.superblock.bytes) return E_DAMAGED;
    if (values.records + values.count(size) > this.most) return E_DAMAGED;
    const outcome = values.resize(id, size);
    return outcome == OK && size
      ? this.put(id, 0, load<u64>(at, VALUE_ADDRESS), load<u32>(at, VALUE_CHECKSUM))
      : outcome;
  }

  private applyChunks(at: usize, id: u32, count: u32): i32 {
    // What a value has no more, since the checkpoint is younger than this statement, one of the next ones takes back.
    const node = this.values.tree.node(id);
    if (load<u16>(node, NODE_KIND) != VALUE) return OK;
    const first = load<u32>(at, CHUNKS_FIRST);
    const has = this.values.count(load<u64>(node, NODE_BYTES));
    at += CHUNKS_SIZE;
    for (let i: u32 = 0; i < count && <u64>first + i < has; i++, at += CHUNK_SIZE) {
      const outcome = this.put(id, first + i, load<u64>(at, CHUNK_ADDRESS), load<u32>(at, CHUNK_CHECKSUM));
      if (outcome != OK) return outcome;
    }
    return OK;
  }

  private put(id: u32, index: u32, address: u64, checksum: u32): i32 {
    const segments = this.values.segments;
    if (segments.of(address) >= segments.count) return E_DAMAGED;
    this.values.put(id, index, address, checksum);
    return OK;
  }

  /** Builds the tree, after all statements were applied, and gives free numbers back. */
  private link(): i32 {
    const values = this.values;
    const tree = values.tree;
    const segments = values.segments;
    if (!tree.widenFor(tree.count)) return E_NO_MEMORY;
    for (let id = tree.count - 1; id > KV_ROOT; id--) {
      const node = tree.node(id);
      const kind: u32 = load<u16>(node, NODE_KIND);
      if (kind == FREE) {
        values.free(id);
        continue;
      }
      const parent = load<u32>(node, NODE_PARENT);
      const name: usize = load<u32>(node, NODE_NAME);
      const length: u32 = load<u16>(node, NODE_LENGTH);
      if (!parent || parent >= tree.count || tree.kind(parent) != DICTIONARY) return E_DAMAGED;
      if (hasSlash(name, length) || tree.find(parent, name, length)) return E_DAMAGED;
      tree.link(id);
      if (kind != VALUE) continue;
      const size = load<u64>(node, NODE_BYTES);
      for (let i = values.count(size); i > 0; ) {
        const address = load<u64>(values.record(node, --i));
        if (!address || segments.end(address) - address < values.length(size, i)) return E_DAMAGED;
      }
    }
    values.segments.noteLive();
    return OK;
  }
}

/** Whether a name could not be part of a key. */
function hasSlash(name: usize, length: u32): bool {
  for (let i: u32 = 0; i < length; i++) if (load<u8>(name + i) == 0x2f) return true;
  return false;
}

/** Bytes of a statement, or 0 when it is none, or reaches past the end. */
export function statementSize(at: usize, left: usize): usize {
  if (left < GONE_SIZE) return 0;
  const kind: u32 = load<u8>(at);
  const count: usize = load<u16>(at, STATEMENT_COUNT);
  let size: usize = 0;
  if (kind == STATEMENT_VALUE) size = VALUE_SIZE + count;
  else if (kind == STATEMENT_DICTIONARY) size = DICTIONARY_SIZE + count;
  else if (kind == STATEMENT_CHUNKS) size = CHUNKS_SIZE + count * CHUNK_SIZE;
  else if (kind == STATEMENT_GONE) size = GONE_SIZE;
  else if (kind == STATEMENT_DATA) size = DATA_SIZE;
  if (kind <= STATEMENT_VALUE && (!count || count > KV_NAME_MAX)) return 0;
  return size <= left ? size : 0;
}
