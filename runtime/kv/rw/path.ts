/** Finding a node by its key, name by name. */

import { KV_NAME_MAX, KV_ROOT } from "../format";
import { KEY_MAX } from "../kvro";
import { DICTIONARY, Tree } from "./tree";

/** A key taken apart. Slashes at either end, and several in a row, mean nothing. */
export class Path {
  /** Where the name that `next` has found is, and its bytes. */
  name: usize = 0;
  length: u32 = 0;
  private at: usize = 0;
  private end: usize = 0;

  /** Begins with a key in UTF-8. */
  begin(key: usize, length: usize): void {
    this.at = key;
    this.end = key + length;
  }

  /** Goes to the next name. @returns false when there is none */
  next(): bool {
    const end = this.end;
    let at = this.at;
    while (at < end && load<u8>(at) == 0x2f) at++;
    this.name = at;
    while (at < end && load<u8>(at) != 0x2f) at++;
    this.length = <u32>(at - this.name);
    this.at = at;
    return this.length > 0;
  }

  /** Whether a key can be given to a value: names of 1 to 255 bytes, none of them "." or "..". */
  good(key: usize, length: usize): bool {
    if (length > <usize>KEY_MAX) return false;
    this.begin(key, length);
    let names = 0;
    for (; this.next(); names++) {
      if (this.length > KV_NAME_MAX) return false;
      if (load<u8>(this.name) == 0x2e && (this.length == 1 || (this.length == 2 && load<u8>(this.name, 1) == 0x2e)))
        return false;
    }
    return names > 0;
  }

  /** The node of a key, or 0. */
  find(tree: Tree, key: usize, length: usize): u32 {
    this.begin(key, length);
    let id = KV_ROOT;
    while (id && this.next()) id = tree.find(id, this.name, this.length);
    return id;
  }

  /**
   * How far a key can be followed: the last node on its way that is there. `name` is then the first name that is not there,
   * with length 0 when all are.
   */
  follow(tree: Tree, key: usize, length: usize): u32 {
    this.begin(key, length);
    let id = KV_ROOT;
    while (this.next()) {
      const next = tree.kind(id) == DICTIONARY ? tree.find(id, this.name, this.length) : 0;
      if (!next) break;
      id = next;
    }
    return id;
  }
}
