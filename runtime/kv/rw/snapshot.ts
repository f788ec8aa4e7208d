import { equal } from "../../base/bytes";
import { E_NOT_FOUND } from "../../sys/results";
import { KV_ROOT } from "../format";
import { KvEntry, KvValue } from "../kvro";
import { KvOnDisk } from "../ondisk";
import { addEntry, kindOf } from "./entry";
import { Path } from "./path";
import { readPlaces, readValue } from "./reader";
import { Former, Layer, Snapshots } from "./snapshots";
import {
  DICTIONARY,
  FREE,
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

/**
 * The store as it was at one time, to be read while others write. What it keeps takes memory for each node that changes,
 * and room on the disk: close it soon.
 */
export class KvSnapshot extends KvOnDisk {
  private readonly path: Path = new Path();
  private layer: Layer | null;

  constructor(
    private readonly volume: Volume,
    private readonly snapshots: Snapshots,
  ) {
    super();
    this.layer = snapshots.add();
  }

  /** Ends it: nothing can be read from it afterwards. */
  close(): void {
    const layer = this.layer;
    if (!layer) return;
    this.layer = null;
    this.status = E_NOT_FOUND;
    this.snapshots.remove(layer);
  }

  find(key: usize, length: usize, value: KvValue): i32 {
    value.size = 0;
    value.modified = 0;
    value.address = 0;
    const id = this.findNode(key, length);
    if (!id) return E_NOT_FOUND;
    value._place = id;
    const former = this.formerOf(id);
    if (former) {
      value.size = former.size;
      value.modified = <i64>former.modified;
      return kindOf(former.kind);
    }
    const node = this.volume.tree.node(id);
    const kind: u32 = load<u16>(node, NODE_KIND);
    if (kind == DICTIONARY) return kindOf(kind);
    value.size = load<u64>(node, NODE_BYTES);
    value.modified = load<i64>(node, NODE_MODIFIED);
    return kindOf(kind);
  }

  read(value: KvValue, offset: u64, ptr: usize, length: u32): i32 {
    if (!this.layer) return E_NOT_FOUND;
    const id = value._place;
    const volume = this.volume;
    const former = this.formerOf(id);
    if (former) return readPlaces(volume, former.places, former.size, offset, ptr, length);
    return readValue(volume, id, load<u32>(volume.tree.node(id), NODE_VERSION), offset, ptr, length);
  }

  list(key: string): KvEntry[] | null {
    const bytes = String.UTF8.encode(key);
    const id = this.findNode(changetype<usize>(bytes), bytes.byteLength);
    const tree = this.volume.tree;
    const former = id ? this.formerOf(id) : null;
    if (!id || (former ? former.kind : tree.kind(id)) != DICTIONARY) {
      this.error = E_NOT_FOUND;
      return null;
    }
    const entries: KvEntry[] = [];
    for (let child = this.firstChild(id); child; child = load<u32>(tree.node(child), NODE_NEXT)) {
      const node = tree.node(child);
      if (!this.formerOf(child))
        addEntry(entries, load<u32>(node, NODE_NAME), load<u16>(node, NODE_LENGTH), tree.kind(child));
    }
    let layer = this.layer;
    while (layer) {
      this.listLayer(layer, id, entries);
      layer = layer.newer;
    }
    return entries;
  }

  /** Adds those children of a dictionary that a layer knows, and no older one. */
  private listLayer(layer: Layer, id: u32, entries: KvEntry[]): void {
    const formers = layer.formers.values();
    for (let i = 0; i < formers.length; i++) {
      const former = formers[i];
      if (former.kind == FREE || former.parent != id || this.formerOf(former.id) !== former) continue;
      addEntry(entries, former.name, former.length, former.kind);
    }
  }

  /** The first child that a dictionary has now: its number may be that of a value by now. */
  private firstChild(id: u32): u32 {
    const tree = this.volume.tree;
    return tree.kind(id) == DICTIONARY ? load<u32>(tree.node(id), NODE_CHILD) : 0;
  }

  private findNode(key: usize, length: usize): u32 {
    if (!this.layer) return 0;
    const path = this.path;
    path.begin(key, length);
    let id = KV_ROOT;
    while (id && path.next()) id = this.findChild(id, path.name, path.length);
    return id;
  }

  private findChild(parent: u32, name: usize, length: u32): u32 {
    let layer = this.layer;
    while (layer) {
      let former = layer.find(parent, name, length);
      while (former) {
        if (former.parent == parent && former.length == length && equal(former.name, name, length)) {
          if (this.formerOf(former.id) === former) return former.id;
        }
        former = former.next;
      }
      layer = layer.newer;
    }
    const id = this.volume.tree.find(parent, name, length);
    return id && !this.formerOf(id) ? id : 0;
  }

  /** What a node was, if it has changed since. */
  private formerOf(id: u32): Former | null {
    let layer = this.layer;
    while (layer) {
      if (layer.formers.has(id)) return layer.formers.get(id);
      layer = layer.newer;
    }
    return null;
  }
}
