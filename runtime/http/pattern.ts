/**
 * Path patterns, as Hono and Express have them: `/users/:id/posts/:post`, `/files/*`.
 *
 * A part that begins with ":" stands for one part of the path, which is not empty; a "*" at the end for all that is left,
 * which may be empty. All else stands for itself, also where the path has it percent-encoded: %41 is "A" (RFC 3986, 6.2.2.2).
 * An encoded slash never ends a part.
 */

import { hexValue } from "../base/hex";
import { decodeUtf8, encodeUtf8, utf8Length } from "../base/utf8";
import { percentString } from "./percent";

/** Most parameters of a pattern, "*" among them. */
export const PARAMETERS_MAX: i32 = 8;
const SLASH: u8 = 0x2f;
const COLON: u8 = 0x3a;
const STAR: u8 = 0x2a;
const PERCENT: u8 = 0x25;

/** The parameters of a path: where their values are. */
export class Parameters {
  count: i32 = 0;
  /** Address and octets of each. */
  readonly spans: StaticArray<usize> = new StaticArray<usize>(PARAMETERS_MAX * 2);

  start(index: i32): usize {
    return this.spans[index * 2];
  }

  length(index: i32): usize {
    return this.spans[index * 2 + 1];
  }

  /** Whether all of them can be decoded. */
  get isSound(): bool {
    for (let i = 0; i < this.count; i++) {
      if (percentString(this.start(i), this.length(i)) === null) return false;
    }
    return true;
  }

  put(start: usize, length: usize): void {
    const at = this.count++ * 2;
    this.spans[at] = start;
    this.spans[at + 1] = length;
  }
}

/** A pattern. */
export class Pattern {
  private readonly octets: StaticArray<u8>;

  /** @param text begins with "/"; programmers' errors trap */
  constructor(text: string) {
    assert(text.startsWith("/"), 'a path pattern begins with "/"');
    const star = text.indexOf("*");
    assert(star < 0 || star == text.length - 1, 'a path pattern has "*" at its end only');
    let parameters = star < 0 ? 0 : 1;
    for (let at = text.indexOf("/:"); at >= 0; at = text.indexOf("/:", at + 1)) parameters++;
    assert(parameters <= PARAMETERS_MAX, "a path pattern has at most 8 parameters");
    const octets = new StaticArray<u8>(<i32>utf8Length(text));
    encodeUtf8(text, changetype<usize>(octets), octets.length);
    this.octets = octets;
  }

  /**
   * Compares a path.
   * @param path its address; @param length its octets, as they came: percent-encoded
   * @param parameters is set, when the path matches, to its parts
   */
  matches(path: usize, length: usize, parameters: Parameters): bool {
    let at = changetype<usize>(this.octets);
    const end = at + this.octets.length;
    const pathEnd = path + length;
    parameters.count = 0;
    while (at < end) {
      const octet = load<u8>(at++);
      if (octet == STAR) {
        parameters.put(path, pathEnd - path);
        return true;
      }
      if (octet == COLON && load<u8>(at - 2) == SLASH) {
        while (at < end && load<u8>(at) != SLASH) at++;
        const start = path;
        while (path < pathEnd && load<u8>(path) != SLASH) path++;
        if (path == start) return false;
        parameters.put(start, path - start);
        continue;
      }
      if (path == pathEnd) return false;
      let found: u32 = load<u8>(path++);
      if (found == PERCENT && pathEnd - path >= 2) {
        found = (hexValue(load<u8>(path)) << 4) | hexValue(load<u8>(path, 1));
        if (found == SLASH) return false;
        path += 2;
      }
      if (found != octet) return false;
    }
    return path == pathEnd;
  }

  /** The index of a parameter among those of a path that matches, or -1. @param name without its ":"; or "*" */
  indexOf(name: string): i32 {
    const start = changetype<usize>(this.octets);
    const end = start + this.octets.length;
    let index = 0;
    for (let at = start; at < end; at++) {
      const octet = load<u8>(at);
      if (octet == STAR) return name == "*" ? index : -1;
      if (octet != COLON || load<u8>(at - 1) != SLASH) continue;
      const part = ++at;
      while (at < end && load<u8>(at) != SLASH) at++;
      if (decodeUtf8(part, at - part)! == name) return index;
      index++;
    }
    return -1;
  }
}
