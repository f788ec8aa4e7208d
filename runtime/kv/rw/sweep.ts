/**
 * A sweep goes through all nodes, a few at a time between changes. It moves what it finds in segments that are to be emptied
 * to the end of the log, and writes all nodes to a new checkpoint. When that is durable, the emptied segments and those of
 * the checkpoint before are free. So this is compaction, and at once what bounds the log that has to be read at opening.
 *
 * Nodes may change meanwhile: what a checkpoint says of a node is replaced by what the log, from the sweep's beginning on,
 * says of it. A power cut before the end leaves the checkpoint before, whose segments nobody has touched.
 */

import { E_CANCELLED, OK } from "../../base/result";
import { SlicedCrc32 } from "../../base/slicedcrc32";
import { BlockStore } from "../../block/store";
import { LogSource } from "../../sys/log";
import { E_IO, E_NO_SPACE } from "../../sys/results";
import {
  CHUNK_SIZE,
  CHUNKS_SIZE,
  DATA_SIZE,
  FRAME_CHECKPOINT,
  FRAME_LAST,
  KV_BLOCK_MAX,
  KV_ROOT,
  VALUE_SIZE,
} from "../format";
import { Chunks } from "./chunks";
import { Frame } from "./frame";
import { Log } from "./log";
import { statementSize } from "./replay";
import { Statements } from "./statements";
import { Superblock } from "./superblock";
import { CHUNK_SUM, FREE, NODE_BYTES, VALUE } from "./tree";
import { Values } from "./values";

export class Sweep {
  /** Whether one is under way. */
  active: bool = false;
  /** `log.written` when the last one began. */
  private begun: u64 = 0;
  /** Bytes that are to be moved yet, at most. */
  private left: u64 = 0;
  /** The next node. */
  private cursor: u32 = 0;
  /** Where the log was when it began. */
  private address: u64 = 0;
  private sequence: u64 = 0;
  private chain: u32 = 0;
  /** Whether the checkpoint's last frame is written. */
  private ended: bool = false;
  /** The checkpoint's first frame. */
  private first: u64 = 0;
  private readonly messages: LogSource = new LogSource("kv");
  private readonly frame: Frame;
  private readonly out: Statements;
  private readonly buffer: usize = heap.alloc(KV_BLOCK_MAX);

  constructor(
    private readonly device: BlockStore,
    private readonly superblock: Superblock,
    private readonly values: Values,
    private readonly log: Log,
    private readonly chunks: Chunks,
    private readonly crc: SlicedCrc32,
  ) {
    this.frame = new Frame(superblock.frame, device.blockSize);
    this.out = new Statements(values);
  }

  /** Bytes of frames of the log since the last one began. */
  get behind(): u64 {
    return this.log.written - this.begun;
  }

  /** Bytes of a checkpoint, at most. */
  get bytes(): u64 {
    const tree = this.values.tree;
    const statements = <u64>tree.size * VALUE_SIZE + tree.names + this.values.records * (CHUNK_SIZE + 1);
    // Frames are not quite full.
    return statements + (statements >> 4) + this.superblock.frame;
  }

  /** Segments that a checkpoint takes. */
  get segments(): u32 {
    return <u32>(this.bytes / this.superblock.segment) + 1;
  }

  /** Segments that the one that is under way, or the next one, may still take. */
  get reserved(): u32 {
    return this.segments + (this.active ? <u32>((this.left + (this.left >> 3)) / this.superblock.segment) + 1 : 0);
  }

  /** Does a whole one, or the rest of one. */
  run(): i32 {
    const outcome = this.active ? OK : this.begin(1);
    return outcome == OK ? this.advance(u32.MAX_VALUE) : outcome;
  }

  /** Begins one. @param share part of the room there is, 1 / share, that it may fill with what it moves */
  begin(share: u32): i32 {
    const segments = this.values.segments;
    const own = this.log;
    if (segments.unused < this.segments + 2) return E_NO_SPACE;
    while (!own.current.empty) {
      const outcome = own.seal(0);
      if (outcome != OK) return outcome;
    }
    const current = own.current;
    this.begun = own.written;
    this.address = current.address;
    this.sequence = current.sequence;
    this.chain = current.chain;
    this.first = segments.takeForCheckpoint();
    if (!this.first) return E_NO_SPACE;
    this.frame.begin(this.first, this.superblock.frame, 0, 0);
    const room = (<u64>(segments.unused - this.segments) * segments.size) / share;
    this.left = segments.choose(room - (room >> 3), this.sequence, segments.of(this.address));
    this.cursor = KV_ROOT + 1;
    this.ended = false;
    this.active = true;
    return OK;
  }

  /** Goes on with so many nodes. */
  advance(nodes: u32): i32 {
    const tree = this.values.tree;
    let outcome = OK;
    for (; nodes && outcome == OK && this.cursor < tree.count; nodes--) {
      const id = this.cursor;
      const kind = tree.kind(id);
      if (kind == VALUE) outcome = this.move(id);
      if (outcome == OK && kind != FREE) outcome = this.tell(id);
      if (outcome == OK) this.cursor++;
    }
    if (outcome == OK && this.cursor >= tree.count) outcome = this.finish();
    if (outcome != OK && outcome != E_CANCELLED) {
      this.active = false;
      this.values.segments.giveUp();
    }
    return outcome;
  }

  /** Moves the chunks of a value that lie where they must not stay. */
  private move(id: u32): i32 {
    const values = this.values;
    const node = values.tree.node(id);
    const size = load<u64>(node, NODE_BYTES);
    const count = values.count(size);
    for (let i: u32 = 0; i < count; i++) {
      const address = load<u64>(values.record(node, i));
      if (!values.segments.isMoving(address)) continue;
      const length = values.length(size, i);
      const outcome = this.log.reserve(length + <u32>(DATA_SIZE + CHUNKS_SIZE + CHUNK_SIZE));
      if (outcome != OK) return outcome;
      const scratch = this.chunks.take();
      const record = values.record(node, i);
      const checksum = load<u32>(record, CHUNK_SUM);
      let copy: i64 = values.cache.find(record);
      if (!copy) copy = this.chunks.read(address, length, checksum, scratch);
      if (copy > 0) this.put(id, i, <usize>copy, length, checksum);
      else if (copy == E_IO) this.messages.warning(`what lies at ${address} cannot be read, and stays there`);
      this.chunks.give(scratch);
      if (copy < 0 && copy != E_IO) return <i32>copy;
    }
    return OK;
  }

  private put(id: u32, index: u32, ptr: usize, length: u32, checksum: u32): void {
    const current = this.log.current;
    const address = this.log.addData(ptr, length, checksum);
    this.values.relocate(id, index, address);
    this.left -= min<u64>(this.left, length);
    const out = this.out;
    out.clear();
    out.chunks(id, index, index + 1);
    current.addStatements(out.ptr, out.length);
  }

  /** Writes a node to the checkpoint. */
  private tell(id: u32): i32 {
    const out = this.out;
    out.clear();
    out.whole(id);
    for (let at: u32 = 0; at < out.length; ) {
      const size = <u32>statementSize(out.ptr + at, out.length - at);
      if (!this.frame.fits(size)) {
        const outcome = this.writeFrame(0);
        if (outcome != OK) return outcome;
      }
      this.frame.addStatements(out.ptr + at, size);
      at += size;
    }
    return OK;
  }

  private writeFrame(flags: u32): i32 {
    const frame = this.frame;
    const segments = this.values.segments;
    let next = frame.address + frame.size;
    let room = segments.end(frame.address) - next;
    // A frame must hold the longest statement.
    if (room < this.superblock.frame >> 1 && !(flags & FRAME_LAST)) {
      next = segments.takeForCheckpoint();
      if (!next) return E_NO_SPACE;
      room = segments.size;
    }
    const id = <u32>(this.superblock.generation + 1);
    const chain = frame.seal(this.crc, id, next, flags | FRAME_CHECKPOINT);
    const outcome = this.device.writeFrom(frame.address, frame.bytes, frame.length);
    if (outcome == OK) frame.begin(next, <u32>min<u64>(this.superblock.frame, room), frame.sequence + 1, chain);
    return outcome;
  }

  /** Makes the new checkpoint count. */
  private finish(): i32 {
    const own = this.log;
    let outcome = this.ended ? OK : this.writeFrame(FRAME_LAST);
    if (outcome != OK) return outcome;
    this.ended = true;
    // What was said of nodes after they were written to the checkpoint must not be lost when it counts.
    while (outcome == OK && !own.current.empty) outcome = own.seal(0);
    if (outcome == OK) outcome = own.drain();
    if (outcome == OK) outcome = own.flush();
    if (outcome != OK) return outcome;
    const superblock = this.superblock;
    superblock.checkpoint = this.first;
    superblock.log = this.address;
    superblock.sequence = this.sequence;
    superblock.chain = this.chain;
    superblock.durable = own.durableFrom(this.sequence);
    outcome = superblock.write(this.device, this.buffer);
    if (outcome != OK) {
      // Nobody knows which one counts, if it was tried.
      if (outcome != E_CANCELLED) own.failed = outcome;
      return outcome;
    }
    const segments = this.values.segments;
    segments.settle(this.sequence, segments.of(this.address));
    this.active = false;
    return OK;
  }
}
