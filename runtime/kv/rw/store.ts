/**
 * A read-write store on a raw disk that survives the loss of power: a log of what was changed, an index in memory, and a
 * checkpoint of the index now and then. docs/storage-format.md tells how it lies on the disk, docs/storage.md how it is used.
 *
 * A change counts for all readers when its call returns OK, and is durable after a later `sync`. After a power cut the
 * store is as it was after some change, at the earliest the last one before the last `sync` that returned OK: changes are
 * lost from the end only, and each is there whole or not at all.
 */
import { OK } from "../../base/result";
import { encodeUtf8 } from "../../base/utf8";
import { BlockStore } from "../../block/store";
import { E_INVALID, E_NOT_FOUND } from "../../sys/results";
import { GONE_SIZE, KV_CHUNK_MAX } from "../format";
import { KEY_MAX, KvEntry, KvValue } from "../kvro";
import { KvOnDisk } from "../ondisk";
import { KvBatch } from "./batch";
import { Edit } from "./edit";
import { addEntry, kindOf } from "./entry";
import { Path } from "./path";
import { readValue } from "./reader";
import { Rename } from "./rename";
import { KvSnapshot } from "./snapshot";
import { Snapshots } from "./snapshots";
import {
  DICTIONARY,
  NODE_BYTES,
  NODE_CHILD,
  NODE_KIND,
  NODE_LENGTH,
  NODE_MODIFIED,
  NODE_NAME,
  NODE_NEXT,
  NODE_VERSION,
} from "./tree";
import { Volume } from "./volume";

const MIB: usize = 1024 * 1024;
/** Most bytes of the statement about a key that is removed, and of those about what is empty then. */
const REMOVAL: u64 = <u64>KEY_MAX * GONE_SIZE;
/** Most bytes of what a change of a batch takes, besides those for the bytes of its key and its value. */
const CHANGE: u64 = 256;

export class KvRw extends KvOnDisk {
  private readonly volume: Volume;
  private readonly snapshots: Snapshots;
  private readonly edit: Edit;
  private readonly renames: Rename;
  /** Of look-ups, which do not wait. */
  private readonly path: Path = new Path();
  /** Keys of the change that is being made. */
  private readonly key: usize = heap.alloc(KEY_MAX);
  private readonly other: usize = heap.alloc(KEY_MAX);

  /**
   * The disk is looked at with the first call. One that is empty, all zeros, is made an empty store.
   * @param format whether to make it one whatever it holds; @param cache MiB of memory for what was used last
   */
  constructor(device: BlockStore, format: bool = false, cache: i32 = 4) {
    super();
    const volume = new Volume(device, format, <usize>cache * MIB);
    const snapshots = new Snapshots(volume);
    this.volume = volume;
    this.snapshots = snapshots;
    const edit = new Edit(volume, snapshots);
    this.edit = edit;
    this.renames = new Rename(volume, snapshots, edit);
  }

  /** Opens the store, if no call has done so yet. @returns OK, or why it cannot be used, which was logged */
  open(): i32 {
    this.status = this.volume.ready();
    return this.status;
  }

  find(key: usize, length: usize, value: KvValue): i32 {
    value.size = 0;
    value.modified = 0;
    value.address = 0;
    const id = this.findNode(key, length);
    if (<i32>id <= 0) return id ? <i32>id : E_NOT_FOUND;
    const node = this.volume.tree.node(id);
    const kind: u32 = load<u16>(node, NODE_KIND);
    value._place = id;
    value._cursor = load<u32>(node, NODE_VERSION);
    if (kind == DICTIONARY) return kindOf(kind);
    value.size = load<u64>(node, NODE_BYTES);
    value.modified = load<i64>(node, NODE_MODIFIED);
    return kindOf(kind);
  }

  /** The node of a key, 0 or a code. */
  private findNode(key: usize, length: usize): u32 {
    if (this.volume.isOpen) return this.path.find(this.volume.tree, key, length);
    const copy = heap.alloc(length);
    memory.copy(copy, key, length);
    const outcome = this.open();
    const id = outcome == OK ? this.path.find(this.volume.tree, copy, length) : <u32>outcome;
    heap.free(copy);
    return id;
  }

  /** As in KvRo; E_AGAIN when the value was changed since it was found. What one call reads belongs together. */
  read(value: KvValue, offset: u64, ptr: usize, length: u32): i32 {
    return readValue(this.volume, value._place, value._cursor, offset, ptr, length);
  }

  list(key: string): KvEntry[] | null {
    const length = encodeUtf8(key, this.other, KEY_MAX);
    const id = length < 0 ? 0 : this.findNode(this.other, length);
    if (<i32>id <= 0 || this.volume.tree.kind(id) != DICTIONARY) {
      this.error = <i32>id < 0 ? <i32>id : E_NOT_FOUND;
      return null;
    }
    const tree = this.volume.tree;
    const entries: KvEntry[] = [];
    for (let child = load<u32>(tree.node(id), NODE_CHILD); child; child = load<u32>(tree.node(child), NODE_NEXT)) {
      const node = tree.node(child);
      addEntry(entries, load<u32>(node, NODE_NAME), load<u16>(node, NODE_LENGTH), tree.kind(child));
    }
    return entries;
  }

  /**
   * Gives a key a value; dictionaries on its way are made.
   * @returns OK; E_INVALID when the key is a dictionary, lies below a value, or cannot be one (names of more than 255 bytes,
   * "." or ".."); E_NO_SPACE, E_NO_MEMORY, E_READ_ONLY or what the disk says, and nothing was changed
   */
  set(key: string, value: Uint8Array): i32 {
    return this.setBytes(key, value.dataStart, value.byteLength);
  }

  /** The same with text. */
  setText(key: string, value: string): i32 {
    const bytes = String.UTF8.encode(value);
    return this.setBytes(key, changetype<usize>(bytes), bytes.byteLength);
  }

  private setBytes(key: string, ptr: usize, length: u32): i32 {
    const need = this.edit.cost(utf8Most(key), length);
    let outcome = this.volume.begin(need, true);
    if (outcome != OK) return outcome;
    const keyLength = encodeUtf8(key, this.key, KEY_MAX);
    outcome = keyLength < 0 ? E_INVALID : this.place(this.key, keyLength, ptr, length);
    this.volume.end(need);
    return outcome;
  }

  /** The same with a key, in UTF-8, and a value in memory, both of which must stay until it returns: no string is made. */
  setFrom(key: usize, keyLength: u32, ptr: usize, length: u32): i32 {
    const need = this.edit.cost(keyLength, length);
    let outcome = this.volume.begin(need, true);
    if (outcome != OK) return outcome;
    outcome = this.place(key, keyLength, ptr, length);
    this.volume.end(need);
    return outcome;
  }

  private place(key: usize, keyLength: u32, ptr: usize, length: u32): i32 {
    const edit = this.edit;
    let outcome = edit.check(key, keyLength);
    if (outcome == OK) outcome = edit.open(edit.cost(keyLength, length), length > this.volume.values.chunk);
    if (outcome != OK) return outcome;
    outcome = edit.addValue(ptr, length);
    if (outcome == OK) outcome = edit.put(ptr, length, 0);
    if (outcome == OK) return edit.close();
    edit.drop();
    return outcome;
  }

  /**
   * Writes into a value, which is made longer where the bytes reach past its end.
   * @param offset at most the value's size: else E_RANGE
   * @returns as `set`, and E_NOT_FOUND
   */
  setPart(key: string, offset: u64, value: Uint8Array): i32 {
    const length: u32 = value.byteLength;
    // Chunks at either end are written whole.
    const need = this.edit.cost(utf8Most(key), <u64>length + 2 * KV_CHUNK_MAX);
    let outcome = this.volume.begin(need, true);
    if (outcome != OK) return outcome;
    const keyLength = encodeUtf8(key, this.key, KEY_MAX);
    if (keyLength < 0) outcome = E_NOT_FOUND;
    else outcome = this.edit.setPart(this.key, keyLength, offset, value.dataStart, length);
    this.volume.end(need);
    return outcome;
  }

  /** Removes a value, or a dictionary with all that it holds. A dictionary that holds nothing more is gone, too. */
  remove(key: string): i32 {
    let outcome = this.volume.begin(REMOVAL, false);
    if (outcome != OK) return outcome;
    const keyLength = encodeUtf8(key, this.key, KEY_MAX);
    outcome = keyLength < 0 ? E_NOT_FOUND : this.edit.remove(this.key, keyLength);
    this.volume.end(REMOVAL);
    return outcome;
  }

  /**
   * Gives a value, or a dictionary with all that it holds, another key. A value that was there is replaced by a value; into
   * a dictionary that was there it is moved under its own name.
   * @returns OK; E_NOT_FOUND; E_ALREADY when the dictionary has another one of that name; E_INVALID when a dictionary would
   * get the key of a value, or come to lie in itself; or as `set`
   */
  rename(from: string, to: string): i32 {
    const need = this.edit.cost(utf8Most(from) + utf8Most(to), 0);
    let outcome = this.volume.begin(need, true);
    if (outcome != OK) return outcome;
    const fromLength = encodeUtf8(from, this.key, KEY_MAX);
    const toLength = encodeUtf8(to, this.other, KEY_MAX);
    if (fromLength < 0) outcome = E_NOT_FOUND;
    else if (toLength < 0) outcome = E_INVALID;
    else outcome = this.renames.run(this.key, fromLength, this.other, toLength);
    this.volume.end(need);
    return outcome;
  }

  /**
   * Makes all changes of a batch, or none.
   * @returns as `set`
   */
  commit(batch: KvBatch): i32 {
    const edit = this.edit;
    const changes = batch._changes;
    const need = edit.cost(batch._keys, batch._bytes) + <u64>changes.length * CHANGE;
    let outcome = this.volume.begin(need, true);
    if (outcome != OK) return outcome;
    outcome = edit.open(need, true);
    for (let i = 0; i < changes.length && outcome == OK; i++) {
      const value = changes[i].value;
      changes[i].place = edit.places.length;
      if (value) outcome = edit.addValue(value.dataStart, value.byteLength);
    }
    if (outcome == OK) outcome = edit.makeAll(changes);
    else edit.drop();
    this.volume.end(need);
    return outcome;
  }

  /** Makes durable all changes whose calls returned OK before. Fibers that do this at one time share the work. */
  sync(): i32 {
    const outcome = this.open();
    return outcome == OK ? this.volume.log.sync() : outcome;
  }

  /** The store as it is now, for reading while others write; null when it cannot be opened: see `error`. Close it. */
  snapshot(): KvSnapshot | null {
    this.error = this.open();
    return this.error == OK ? new KvSnapshot(this.volume, this.snapshots) : null;
  }
}

/** Most bytes of a text in UTF-8. */
function utf8Most(text: string): u32 {
  return min(text.length * 3, KEY_MAX);
}
