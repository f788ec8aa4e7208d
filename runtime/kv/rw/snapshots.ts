/**
 * What nodes were before they changed, as long as anybody looks at the store as it was. The newest snapshot keeps what
 * changes; older ones look there, too.
 */
import { Places } from "./places";
import {
  CHUNK_SUM,
  FREE,
  hash,
  NODE_BYTES,
  NODE_KIND,
  NODE_LENGTH,
  NODE_MODIFIED,
  NODE_NAME,
  NODE_PARENT,
  VALUE,
} from "./tree";
import { Volume } from "./volume";

/** A node as it was. */
export class Former {
  kind: u32 = FREE;
  parent: u32 = 0;
  size: u64 = 0;
  modified: u64 = 0;
  name: usize = 0;
  length: u32 = 0;
  readonly places: Places = new Places();
  /** The next one with this hash in its layer. */
  next: Former | null = null;

  constructor(readonly id: u32) {}
}

/** What has changed since a snapshot was made, up to the next one. */
export class Layer {
  readonly formers: Map<u32, Former> = new Map<u32, Former>();
  /** By the hash of the name in its dictionary; several are linked. */
  readonly named: Map<u32, Former> = new Map<u32, Former>();
  older: Layer | null = null;
  newer: Layer | null = null;

  add(former: Former): void {
    this.formers.set(former.id, former);
    if (former.kind == FREE) return;
    const key = hash(former.parent, former.name, former.length);
    former.next = this.named.has(key) ? this.named.get(key) : null;
    this.named.set(key, former);
  }

  /** The first of the former nodes that may have a name. */
  find(parent: u32, name: usize, length: u32): Former | null {
    const key = hash(parent, name, length);
    return this.named.has(key) ? this.named.get(key) : null;
  }
}

export class Snapshots {
  private newest: Layer | null = null;

  constructor(private readonly volume: Volume) {}

  /** Makes a layer on top of the others. */
  add(): Layer {
    const layer = new Layer();
    const below = this.newest;
    layer.older = below;
    if (below) below.newer = layer;
    this.newest = layer;
    return layer;
  }

  /** A node is about to change. */
  save(id: u32): void {
    const layer = this.newest;
    if (!layer || layer.formers.has(id)) return;
    layer.add(this.formerOf(id));
  }

  private formerOf(id: u32): Former {
    const former = new Former(id);
    const values = this.volume.values;
    const node = values.tree.node(id);
    former.kind = load<u16>(node, NODE_KIND);
    if (former.kind == FREE) return former;
    former.parent = load<u32>(node, NODE_PARENT);
    former.length = load<u16>(node, NODE_LENGTH);
    former.name = heap.alloc(former.length);
    memory.copy(former.name, load<u32>(node, NODE_NAME), former.length);
    if (former.kind != VALUE) return former;
    former.size = load<u64>(node, NODE_BYTES);
    former.modified = load<u64>(node, NODE_MODIFIED);
    for (let i: u32 = 0; i < values.count(former.size); i++) {
      const record = values.record(node, i);
      former.places.add(load<u64>(record), load<u32>(record, CHUNK_SUM));
      values.segments.pin(load<u64>(record));
    }
    return former;
  }

  /** Nobody looks at a layer any more: what older ones still need goes to the next older one. */
  remove(layer: Layer): void {
    const older = layer.older;
    const newer = layer.newer;
    const formers = layer.formers.values();
    for (let i = 0; i < formers.length; i++) {
      const former = formers[i];
      if (older && !older.formers.has(former.id)) older.add(former);
      else this.forget(former);
    }
    if (older) older.newer = newer;
    if (newer) newer.older = older;
    else this.newest = older;
  }

  private forget(former: Former): void {
    const segments = this.volume.values.segments;
    for (let i: u32 = 0; i < former.places.length; i++) segments.unpin(former.places.address(i));
    former.places.dispose();
    if (former.name) heap.free(former.name);
  }
}
