/** The body of an answer: what stands behind the question of a message, with names compressed (RFC 1035, 4.1.4). */
import * as format from "../../runtime/dns/zone/format.ts";
import { canonical, isWildcard, parent, ROOT } from "./names.ts";
import { u16, u32 } from "./text.ts";
import { type Piece, pieces } from "./types.ts";
import type { RecordSet } from "./zone.ts";

/** Where a question's name is, behind the header. */
const QUESTION = 12;
const CLASS_IN = 1;
const POINTER = 0xc000;
const POINTER_MAX = 0x3fff;

/** The sections of a message. */
export type Section = "answers" | "authorities" | "additionals";

/** A body is too long for a message. */
export class TooLongError extends Error {}

/** What a pointer leads to, which says how it moves (runtime/dns/zone/format.ts). */
interface Target {
  readonly list: "wholes" | "suffixes" | "blocks";
  readonly offset: number;
}

export class Body {
  readonly counts: Record<Section, number> = { answers: 0, authorities: 0, additionals: 0 };
  readonly wholes: number[] = [];
  readonly suffixes: number[] = [];
  readonly blocks: number[] = [];
  private parts: string[] = [];
  length = 0;
  private needed: { readonly length: number; readonly additionals: number } | undefined;
  private readonly targets = new Map<string, Target>();
  /** The sets that it has, each but once. */
  private readonly has = new Set<RecordSet>();

  /** @param question the name that the question is for, or ends with; a wildcard stands for the names that it makes */
  constructor(private readonly question: string) {
    let offset = QUESTION;
    let list: Target["list"] = isWildcard(question) ? "wholes" : "suffixes";
    for (let name = question; name !== ROOT; name = parent(name)) {
      this.targets.set(name, { list, offset });
      offset += 1 + name.charCodeAt(0);
      list = "suffixes";
    }
  }

  /**
   * Adds records.
   * @param owner in canonical form; @param ttl in seconds, when it is not the set's own
   */
  add(section: Section, owner: string, set: RecordSet, ttl = set.ttl): void {
    if (this.has.has(set)) return;
    this.has.add(set);
    this.counts[section] += set.data.length;
    const isMade = section !== "additionals";
    for (const data of set.data) this.record(owner, set.type, ttl, pieces(set.type, data), isMade);
  }

  /** Adds a record that no file has: an alias that a DNAME makes (RFC 6672, 3.1). */
  addAlias(owner: string, type: number, ttl: number, target: string): void {
    this.counts.answers++;
    this.record(owner, type, ttl, [{ name: target, compressed: true }]);
  }

  /** @param isMade whether an owner that is the question's wildcard stands for the name that it makes */
  private record(owner: string, type: number, ttl: number, data: readonly Piece[], isMade = false): void {
    this.name(owner, true, isMade);
    const head = this.parts.length;
    this.write("");
    this.length += 10;
    const start = this.length;
    for (const piece of data) {
      if (typeof piece === "string") this.write(piece);
      else this.name(piece.name, piece.compressed);
    }
    this.parts[head] = u16(type) + u16(CLASS_IN) + u32(ttl) + u16(this.length - start);
    if (this.length > format.BODY_LENGTH_MAX) throw new TooLongError();
  }

  /** All that was added is needed; what comes is not. */
  endNeeded(): void {
    this.needed = { length: this.length, additionals: this.counts.additionals };
  }

  /** In data a wildcard is a name as any other: nothing is put in its place (RFC 4592, 3.3.1). */
  private name(name: string, compressed: boolean, isMade = false): void {
    for (; name !== ROOT; name = parent(name)) {
      const key = canonical(name);
      const target = this.targets.get(key);
      if (target && compressed && (isMade || target.list !== "wholes")) {
        this[target.list].push(this.length);
        this.write(u16(POINTER | target.offset));
        return;
      }
      const offset = QUESTION + this.question.length + 4 + this.length;
      // Wherever the body will lie, pointers to here must be able to say so.
      if (!target && this.length + format.BODY_START_MAX <= POINTER_MAX && offset <= POINTER_MAX)
        this.targets.set(key, { list: "blocks", offset });
      this.write(name.slice(0, 1 + name.charCodeAt(0)));
    }
    this.write(ROOT);
  }

  private write(octets: string): void {
    this.parts.push(octets);
    this.length += octets.length;
  }

  /** The answer as it lies in a block. @param flags AA and the RCODE */
  finish(flags: number): string {
    const { answers, authorities, additionals } = this.counts;
    const needed = this.needed ?? { length: this.length, additionals };
    const places = [...this.wholes, ...this.suffixes, ...this.blocks];
    const text =
      [flags, this.length, needed.length].map(le16).join("") +
      [needed.additionals, answers, authorities, additionals].map(u16).join("") +
      le16(this.question.length) +
      [this.wholes.length, this.suffixes.length, this.blocks.length, 0].map(le16).join("") +
      this.parts.join("") +
      places.map(le16).join("");
    return text + ROOT.repeat(-text.length & 3);
  }
}

/** Two octets, the smaller one first. */
function le16(value: number): string {
  return String.fromCharCode(value & 255, value >>> 8);
}
