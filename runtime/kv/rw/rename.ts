/** Gives what one key names another key. */
import { OK } from "../../base/result";
import { E_ALREADY, E_INVALID, E_NOT_FOUND } from "../../sys/results";
import { KV_ROOT } from "../format";
import { Edit } from "./edit";
import { Path } from "./path";
import { Snapshots } from "./snapshots";
import { DICTIONARY, NODE_CHILD, NODE_LENGTH, NODE_NAME, NODE_PARENT, VALUE } from "./tree";
import { Volume } from "./volume";

export class Rename {
  /** It is at the new name, or at that which the node keeps. */
  private readonly path: Path = new Path();
  /** The node, the dictionary it comes into, and the value it replaces, or 0. */
  private id: u32 = 0;
  private parent: u32 = 0;
  private replaced: u32 = 0;

  constructor(
    private readonly volume: Volume,
    private readonly snapshots: Snapshots,
    private readonly edit: Edit,
  ) {}

  /** Does it, by a fiber that has begun a change; see KvRw. */
  run(from: usize, fromLength: u32, to: usize, toLength: u32): i32 {
    let outcome = this.plan(from, fromLength, to, toLength);
    if (outcome != OK || this.id == this.replaced) return outcome;
    const edit = this.edit;
    outcome = edit.open(edit.cost(fromLength + toLength, 0), false);
    if (outcome != OK) return outcome;
    this.move();
    return edit.close();
  }

  /** Finds out what is to be done. @returns whether it can be; `replaced` is the node itself when there is nothing to do */
  private plan(from: usize, fromLength: u32, to: usize, toLength: u32): i32 {
    const tree = this.volume.tree;
    const path = this.path;
    const id = path.find(tree, from, fromLength);
    if (!id) return E_NOT_FOUND;
    if (id == KV_ROOT) return E_INVALID;
    let parent = path.follow(tree, to, toLength);
    let replaced: u32 = 0;
    if (path.length) {
      if (!path.good(to, toLength)) return E_INVALID;
      parent = path.follow(tree, to, toLength);
      if (tree.kind(parent) != DICTIONARY) return E_INVALID;
    } else if (parent == id) {
      replaced = id;
    } else if (tree.kind(parent) == DICTIONARY) {
      path.name = load<u32>(tree.node(id), NODE_NAME);
      path.length = load<u16>(tree.node(id), NODE_LENGTH);
      replaced = tree.find(parent, path.name, path.length);
      if (replaced && replaced != id && !(tree.kind(replaced) == VALUE && tree.kind(id) == VALUE)) return E_ALREADY;
    } else {
      replaced = parent;
      const node = tree.node(parent);
      path.name = load<u32>(node, NODE_NAME);
      path.length = load<u16>(node, NODE_LENGTH);
      parent = load<u32>(node, NODE_PARENT);
      if (tree.kind(id) != VALUE) return E_INVALID;
    }
    this.id = id;
    this.parent = parent;
    this.replaced = replaced;
    if (replaced == id) return OK;
    // A dictionary cannot come to lie in itself.
    for (let above = parent; above; above = load<u32>(tree.node(above), NODE_PARENT)) if (above == id) return E_INVALID;
    return OK;
  }

  /** Moves the node to the name that `path` is at, in place of another one. */
  private move(): void {
    const tree = this.volume.tree;
    const path = this.path;
    const id = this.id;
    const replaced = this.replaced;
    const old = load<u32>(tree.node(id), NODE_PARENT);
    let parent = this.parent;
    this.snapshots.save(id);
    if (!replaced && path.name != <usize>load<u32>(tree.node(id), NODE_NAME))
      parent = this.edit.makeParents(path, parent);
    tree.unlink(id);
    // The name may be that of the node itself, or of the one that is replaced.
    tree.name(id, parent, path.name, path.length);
    if (replaced) {
      this.snapshots.save(replaced);
      tree.unlink(replaced);
      this.volume.out.gone(replaced);
      this.volume.values.free(replaced);
    }
    tree.link(id);
    this.volume.out.node(id);
    if (old != KV_ROOT && !load<u32>(tree.node(old), NODE_CHILD)) this.edit.takeOut(old);
  }
}
