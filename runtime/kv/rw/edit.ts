/**
 * Changes of the tree, made by a fiber that has begun a change of the volume. Each first puts its data into the log, which
 * may wait and may fail, and then, without waiting, makes the change: readers see it whole or not at all.
 */
import { OK } from "../../base/result";
import { wallNow } from "../../sys/clock";
import { E_INVALID, E_NOT_FOUND, E_RANGE } from "../../sys/results";
import { CHUNK_SIZE, CHUNKS_SIZE, DATA_SIZE, DICTIONARY_SIZE, GONE_SIZE, KV_ROOT, VALUE_SIZE } from "../format";
import { BatchChange } from "./batch";
import { Path } from "./path";
import { Places } from "./places";
import { Snapshots } from "./snapshots";
import {
  CHUNK_SUM,
  DICTIONARY,
  NODE_BYTES,
  NODE_CHILD,
  NODE_KIND,
  NODE_MODIFIED,
  NODE_NEXT,
  NODE_PARENT,
  NODE_VERSION,
  VALUE,
} from "./tree";
import { Volume } from "./volume";

/** Most bytes that the statements of a change of one key take, besides those of chunks, for each byte of the key. */
const KEY_COST: u32 = <u32>DICTIONARY_SIZE + 1;
const REST: u32 = 128;

export class Edit {
  /** Where the data of the change lies. */
  readonly places: Places = new Places();
  private readonly path: Path = new Path();
  /** The node that `path` was followed to. */
  private reached: u32 = 0;
  private grouped: bool = false;

  constructor(
    private readonly volume: Volume,
    private readonly snapshots: Snapshots,
  ) {}

  /** Most bytes of frames for a value under a key. */
  cost(key: u32, length: u64): u64 {
    const chunks = length / 1024 + 1;
    return length + chunks * (DATA_SIZE + CHUNK_SIZE) + <u64>key * KEY_COST + REST;
  }

  /**
   * Begins what counts together, if it does not fit into one frame or has data that only a group can have.
   * @param bytes of data and statements; @param several whether there is more than one chunk
   */
  open(bytes: u64, several: bool): i32 {
    this.places.clear();
    const volume = this.volume;
    this.grouped = several || bytes > volume.frame;
    return this.grouped ? volume.log.openGroup() : volume.log.reserve(<u32>bytes);
  }

  /** Nothing was changed: forgets the data. */
  drop(): void {
    if (this.grouped) this.volume.log.dropGroup();
  }

  /** Puts the statements into the log: the change is made. */
  close(): i32 {
    const outcome = this.volume.addStatements();
    if (this.grouped) this.volume.log.closeGroup();
    return outcome;
  }

  /** Puts a value's data into the log. */
  addValue(ptr: usize, length: u32): i32 {
    const volume = this.volume;
    const chunk = volume.values.chunk;
    for (let at: u32 = 0; at < length; at += chunk) {
      const part = min(chunk, length - at);
      const checksum = volume.crc.of(ptr + at, part);
      let address: i64;
      // In one frame, the statement about the value tells the checksum.
      if (this.grouped) address = volume.addData(ptr + at, part, checksum);
      else address = volume.log.current.addData(ptr + at, part);
      if (address < 0) return <i32>address;
      this.places.add(address, checksum);
    }
    return OK;
  }

  /** Whether a key, to which the path goes then, can be given a value: OK or E_INVALID. */
  check(key: usize, length: u32): i32 {
    if (!this.path.good(key, length)) return E_INVALID;
    const id = this.follow(key, length);
    const wanted = this.path.length ? DICTIONARY : VALUE;
    return this.volume.tree.kind(id) == wanted ? OK : E_INVALID;
  }

  private follow(key: usize, length: u32): u32 {
    this.reached = this.path.follow(this.volume.tree, key, length);
    return this.reached;
  }

  /**
   * Gives the key that was followed last a value, whose data was put into the log. `check` has said OK.
   * @param place of its first chunk among the places
   */
  put(ptr: usize, length: u32, place: u32): i32 {
    const volume = this.volume;
    const values = volume.values;
    const tree = volume.tree;
    let id = this.reached;
    const isNew = this.path.length > 0;
    if (isNew) id = this.makeParents(this.path, id);
    if (isNew) id = this.make(id, VALUE, this.path.name, this.path.length);
    else this.snapshots.save(id);
    const outcome = values.resize(id, length);
    if (outcome != OK) {
      if (isNew) this.takeOut(id);
      return outcome;
    }
    const node = tree.node(id);
    const count = values.count(length);
    for (let i: u32 = 0; i < count; i++) {
      const at = place + i;
      values.put(id, i, this.places.address(at), this.places.checksum(at));
      values.cache.keep(values.record(node, i), ptr + i * values.chunk, values.length(length, i));
    }
    this.touch(node);
    volume.out.whole(id);
    return OK;
  }

  private touch(node: usize): void {
    store<u64>(node, wallNow(), NODE_MODIFIED);
    store<u32>(node, load<u32>(node, NODE_VERSION) + 1, NODE_VERSION);
  }

  /** Makes all but the last of the names that a path has not found. @returns the dictionary that the last one belongs in */
  makeParents(path: Path, id: u32): u32 {
    let name = path.name;
    let length = path.length;
    while (path.next()) {
      id = this.make(id, DICTIONARY, name, length);
      this.volume.out.node(id);
      name = path.name;
      length = path.length;
    }
    path.name = name;
    path.length = length;
    return id;
  }

  private make(parent: u32, kind: u32, name: usize, length: u32): u32 {
    const tree = this.volume.tree;
    // The volume has seen to it that there is memory for a page of nodes.
    const id = assert(tree.take(), "no memory for a node");
    this.snapshots.save(id);
    this.volume.values.become(id, kind);
    tree.name(id, parent, name, length);
    tree.link(id);
    return id;
  }

  /** Takes a node without children out of the tree, and then all dictionaries above it that hold nothing any more. */
  takeOut(id: u32): void {
    const tree = this.volume.tree;
    do id = this.unlink(id);
    while (id != KV_ROOT && !load<u32>(tree.node(id), NODE_CHILD));
  }

  /** Takes a node without children out of the tree. @returns the dictionary that it was in */
  private unlink(id: u32): u32 {
    const tree = this.volume.tree;
    const parent = load<u32>(tree.node(id), NODE_PARENT);
    this.snapshots.save(id);
    tree.unlink(id);
    this.volume.out.gone(id);
    this.volume.values.free(id);
    return parent;
  }

  /** Writes into a value. */
  setPart(key: usize, keyLength: u32, offset: u64, ptr: usize, length: u32): i32 {
    const volume = this.volume;
    const values = volume.values;
    const id = this.path.find(volume.tree, key, keyLength);
    if (!id) return E_NOT_FOUND;
    const node = volume.tree.node(id);
    if (load<u16>(node, NODE_KIND) != VALUE) return E_INVALID;
    const before = load<u64>(node, NODE_BYTES);
    if (offset > before) return E_RANGE;
    const size = max(before, offset + length);
    const first = values.index(offset);
    const end = length ? values.index(offset + length - 1) + 1 : first;
    const statements = <u32>(VALUE_SIZE + CHUNKS_SIZE + CHUNK_SIZE + DATA_SIZE) + keyLength;
    let outcome = this.open(<u64>statements + (length ? values.length(size, first) : 0), end > first + 1);
    // The statements lie beside the data, if that is all in one frame: nothing waits after it was put there.
    const rest = this.grouped ? 0 : statements;
    for (let i = first; i < end && outcome == OK; i++) outcome = this.addPart(node, i, size, offset, ptr, length, rest);
    this.snapshots.save(id);
    if (outcome == OK) outcome = values.resize(id, size);
    if (outcome != OK) {
      this.drop();
      return outcome;
    }
    for (let i = first; i < end; i++)
      values.put(id, i, this.places.address(i - first), this.places.checksum(i - first));
    this.touch(node);
    volume.out.node(id);
    volume.out.chunks(id, max<u32>(first, 1), end);
    return this.close();
  }

  /**
   * Puts a chunk into the log that has some bytes of what is written, and the rest of what was there.
   * @param rest bytes of statements that must fit beside it
   */
  private addPart(node: usize, index: u32, size: u64, offset: u64, ptr: usize, length: u32, rest: u32): i32 {
    const volume = this.volume;
    const values = volume.values;
    const start = <u64>index * values.chunk;
    const bytes = values.length(size, index);
    const before = load<u64>(node, NODE_BYTES);
    const from = <u32>(max(start, offset) - start);
    const to = <u32>(min(start + bytes, offset + length) - start);
    const whole = volume.chunks.take();
    let outcome = OK;
    if ((from > 0 || to < bytes) && start < before) {
      const had = values.length(before, index);
      const record = values.record(node, index);
      const scratch = volume.chunks.take();
      let copy: i64 = values.cache.find(record);
      if (!copy) copy = volume.chunks.read(load<u64>(record), had, load<u32>(record, CHUNK_SUM), scratch);
      if (copy > 0) memory.copy(whole, <usize>copy, had);
      else outcome = <i32>copy;
      volume.chunks.give(scratch);
    }
    if (outcome == OK) {
      memory.copy(whole + from, ptr + <usize>(start + from - offset), to - from);
      const checksum = volume.crc.of(whole, bytes);
      outcome = volume.log.reserve(bytes + <u32>DATA_SIZE + rest);
      if (outcome == OK) this.places.add(volume.log.addData(whole, bytes, checksum), checksum);
    }
    volume.chunks.give(whole);
    return outcome;
  }

  /** Removes a value, or a dictionary with all that it holds. */
  remove(key: usize, keyLength: u32): i32 {
    const volume = this.volume;
    const id = this.path.find(volume.tree, key, keyLength);
    if (!id) return E_NOT_FOUND;
    if (id == KV_ROOT) return E_INVALID;
    const bytes = <u64>(this.countBelow(id) + this.path.length + keyLength) * GONE_SIZE;
    let outcome = volume.makeRoom(bytes, false);
    if (outcome == OK) outcome = this.open(bytes, false);
    if (outcome != OK) return outcome;
    this.takeAllOut(id);
    return this.close();
  }

  /** Nodes from this one on down. */
  private countBelow(top: u32): u32 {
    let count: u32 = 1;
    for (let id = this.below(top, top); id != top; id = this.below(id, top)) count++;
    return count;
  }

  /** The node that comes after another one below `top`, dictionaries before what they hold; at the end `top`. */
  private below(id: u32, top: u32): u32 {
    const tree = this.volume.tree;
    const child = tree.kind(id) == DICTIONARY ? load<u32>(tree.node(id), NODE_CHILD) : 0;
    if (child) return child;
    while (id != top && !load<u32>(tree.node(id), NODE_NEXT)) id = load<u32>(tree.node(id), NODE_PARENT);
    return id == top ? top : load<u32>(tree.node(id), NODE_NEXT);
  }

  /** Takes a node and all below it out, from below, and what is empty then above it. */
  takeAllOut(top: u32): void {
    const tree = this.volume.tree;
    let id = top;
    for (;;) {
      while (tree.kind(id) == DICTIONARY && load<u32>(tree.node(id), NODE_CHILD))
        id = load<u32>(tree.node(id), NODE_CHILD);
      if (id == top) break;
      id = this.unlink(id);
    }
    this.takeOut(top);
  }

  /** Makes the changes of a batch, whose data was put into the log, or none of them. */
  makeAll(changes: BatchChange[]): i32 {
    let outcome = this.checkAll(changes);
    if (outcome != OK) {
      this.drop();
      return outcome;
    }
    const tree = this.volume.tree;
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i];
      const key = changetype<usize>(change.key);
      const value = change.value;
      if (value) {
        this.follow(key, change.key.byteLength);
        outcome = this.put(value.dataStart, value.byteLength, change.place);
        // Only for memory: what was changed already cannot be taken back, nor may it be kept.
        if (outcome != OK) this.volume.log.failed = outcome;
        if (outcome != OK) return outcome;
      } else {
        const id = this.path.find(tree, key, change.key.byteLength);
        if (id) this.takeAllOut(id);
      }
    }
    return this.close();
  }

  /** Whether all changes of a batch can be made: OK or E_INVALID. */
  private checkAll(changes: BatchChange[]): i32 {
    const values = new Set<string>();
    const dictionaries = new Set<string>();
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i];
      const key = changetype<usize>(change.key);
      const length = change.key.byteLength;
      if (!change.value) {
        if (!this.path.good(key, length)) return E_INVALID;
        continue;
      }
      if (this.check(key, length) != OK) return E_INVALID;
      this.path.begin(key, length);
      let name = "";
      while (this.path.next()) {
        if (name.length) {
          if (values.has(name)) return E_INVALID;
          dictionaries.add(name);
        }
        name += "/" + String.UTF8.decodeUnsafe(this.path.name, this.path.length);
      }
      if (dictionaries.has(name)) return E_INVALID;
      values.add(name);
    }
    return OK;
  }
}
