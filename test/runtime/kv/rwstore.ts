/** Drives rw.as.ts: a read-write store on a disk in memory, whose writes and flushes are written down. */
import assert from "node:assert/strict";
import * as abi from "../../../runtime/abi/tender.ts";
import type { BlockOptions, BlockRequest, SimulatedBlock } from "../../support/block.ts";
import { compileGuest } from "../../support/guest.ts";
import type { SimulatedTender } from "../../support/tender.ts";

const guest = await compileGuest(import.meta.url, "rw.as.ts");

const operations = [
  ...["set", "setPart", "get", "getPart", "exists", "size", "remove", "rename", "list", "batch", "sync", "modified"],
  ...["openSnapshot", "closeSnapshot", "setFrom"],
] as const;
type Operation =
  | "set"
  | "setPart"
  | "get"
  | "getPart"
  | "exists"
  | "size"
  | "remove"
  | "rename"
  | "list"
  | "batch"
  | "sync"
  | "modified"
  | "openSnapshot"
  | "closeSnapshot"
  | "setFrom";

/** A write that the disk has completed, or a flush. */
export interface DiskEvent {
  readonly flush: boolean;
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** What was completed in earlier turns than a flush was durable with it; what came with it may not be. */
  readonly turn: number;
}

/** What a batch does. */
export type Change = { readonly key: string; readonly value: Uint8Array | undefined };

interface Arguments {
  readonly key?: string;
  readonly other?: string;
  readonly value?: Uint8Array;
  readonly offset?: number;
  readonly length?: number;
  readonly snapshot?: number;
}

export interface StoreOptions extends Partial<BlockOptions> {
  readonly format?: boolean;
  /** MiB */
  readonly cache?: number;
}

export class Store {
  readonly tender: SimulatedTender;
  readonly block: SimulatedBlock;
  readonly disk: Uint8Array;
  readonly events: DiskEvent[] = [];
  /** What a request comes to, as SimulatedBlock has it. */
  fault: (request: BlockRequest) => number | undefined = () => undefined;
  private turn = 0;

  constructor(options: StoreOptions) {
    const { disk = new Uint8Array(1024 * 1024), format = false, cache = 1, ...rest } = options;
    this.disk = disk;
    this.tender = guest.instantiate({ arguments: [`--format=${format}`, `--cache=${cache}`] });
    this.block = this.tender.block("storage", { ...rest, disk });
    this.block.order = (requests) => {
      this.turn++;
      return requests;
    };
    this.block.fault = (request) => {
      const outcome = this.fault(request);
      if (outcome === undefined) this.note(request);
      return outcome;
    };
    this.tender.start().settle();
  }

  private note({ operation, offset, segments }: BlockRequest): void {
    const flush = operation === abi.BLOCK_OP_FLUSH;
    if (!flush && operation !== abi.BLOCK_OP_WRITE) return;
    const bytes = Buffer.concat(segments.map((s) => this.tender.memory.bytes(s.address, s.length)));
    this.events.push({ flush, offset, bytes, turn: this.turn });
  }

  private number(name: string, ...values: (number | bigint)[]): number {
    return Number(this.tender.exports[name]?.(...values));
  }

  private give(bytes: Uint8Array): void {
    const address = this.number("room", bytes.length);
    this.tender.memory.bytes(address, bytes.length).set(bytes);
  }

  private text(text: string, taker: string): void {
    this.give(Buffer.from(text));
    this.number(taker);
  }

  /** Opens the same disk again, with nothing in memory of the store before. */
  reopen(): void {
    this.number("reopen");
  }

  /** Begins a call. @returns its number */
  begin(
    operation: Operation,
    { key = "", other = "", value, offset = 0, length = 0, snapshot = -1 }: Arguments,
  ): number {
    this.text(key, "takeKey");
    this.text(other, "takeOther");
    this.give(value ?? new Uint8Array(0));
    return this.number("call", operations.indexOf(operation), snapshot, BigInt(offset), length);
  }

  settle(): void {
    this.tender.deadline = 0n;
    this.tender.settle();
  }

  done(call: number): boolean {
    return this.number("isDone", call) === 1;
  }

  /** The result of a call that is done. */
  result(call: number): number {
    assert.ok(this.done(call), "the call is not done");
    return this.number("resultOf", call);
  }

  bytes(call: number): Uint8Array {
    return this.tender.memory.bytes(this.number("bytesOf", call), this.number("lengthOf", call)).slice();
  }

  cancel(call: number): void {
    this.number("cancel", call);
  }

  /** Makes a call and waits for it. */
  private make(operation: Operation, values: Arguments): { result: number; bytes: Uint8Array } {
    const call = this.begin(operation, values);
    this.settle();
    const answer = { result: this.result(call), bytes: this.bytes(call) };
    this.number("forget", call);
    return answer;
  }

  set(key: string, value: Uint8Array): number {
    return this.make("set", { key, value }).result;
  }

  /** As set, by the call that takes bytes. */
  setFrom(key: string, value: Uint8Array): number {
    return this.make("setFrom", { key, value }).result;
  }

  setPart(key: string, offset: number, value: Uint8Array): number {
    return this.make("setPart", { key, offset, value }).result;
  }

  /** A value, or a code. */
  get(key: string, snapshot = -1): Uint8Array | number {
    const { result, bytes } = this.make("get", { key, snapshot });
    return result < 0 ? result : bytes;
  }

  getPart(key: string, offset: number, length: number, snapshot = -1): Uint8Array | number {
    const { result, bytes } = this.make("getPart", { key, offset, length, snapshot });
    return result < 0 ? result : bytes;
  }

  exists(key: string, snapshot = -1): number {
    return this.make("exists", { key, snapshot }).result;
  }

  size(key: string, snapshot = -1): number {
    return this.make("size", { key, snapshot }).result;
  }

  modified(key: string): number {
    return this.make("modified", { key }).result;
  }

  remove(key: string): number {
    return this.make("remove", { key }).result;
  }

  rename(key: string, other: string): number {
    return this.make("rename", { key, other }).result;
  }

  /** The names in a dictionary, those of dictionaries with "/" at their end, sorted; or a code. */
  list(key: string, snapshot = -1): string[] | number {
    const { result, bytes } = this.make("list", { key, snapshot });
    if (result < 0) return result;
    const lines = Buffer.from(bytes).toString().split("\n").slice(0, -1);
    return lines.map((line) => (line.startsWith("1") ? line.slice(1) : `${line.slice(1)}/`)).sort();
  }

  batch(changes: readonly Change[]): number {
    this.number("newBatch");
    for (const { key, value } of changes) {
      this.text(key, "takeKey");
      this.give(value ?? new Uint8Array(0));
      this.number(value ? "batchSet" : "batchRemove");
    }
    return this.make("batch", {}).result;
  }

  sync(): number {
    return this.make("sync", {}).result;
  }

  snapshot(): number {
    return this.make("openSnapshot", {}).result;
  }

  closeSnapshot(snapshot: number): void {
    this.make("closeSnapshot", { snapshot });
  }

  /** All keys and values. */
  contents(snapshot = -1): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    const visit = (key: string): void => {
      const names = this.list(key, snapshot);
      assert.ok(Array.isArray(names), `${key} cannot be listed: ${names}`);
      for (const name of names) {
        if (name.endsWith("/")) {
          visit(`${key}${name}`);
          continue;
        }
        const value = this.get(`${key}${name}`, snapshot);
        assert.ok(typeof value !== "number", `${key}${name} cannot be read: ${value}`);
        found.set(`${key}${name}`, value);
      }
    };
    visit("/");
    return found;
  }
}

/** What a store should hold. */
export class Model {
  values = new Map<string, Uint8Array>();

  private below(key: string): string[] {
    return [...this.values.keys()].filter((other) => other === key || other.startsWith(`${key}/`));
  }

  isValue(key: string): boolean {
    return this.values.has(key);
  }

  isDictionary(key: string): boolean {
    return key === "" || (!this.values.has(key) && this.below(key).length > 0);
  }

  /** Whether a key may get a value. */
  private free(key: string): boolean {
    if (this.isDictionary(key)) return false;
    const parts = key.split("/");
    return parts.every((_, i) => i < 2 || !this.isValue(parts.slice(0, i).join("/")));
  }

  set(key: string, value: Uint8Array): number {
    if (!this.free(key)) return abi.E_INVALID;
    this.values.set(key, value);
    return abi.OK;
  }

  setPart(key: string, offset: number, value: Uint8Array): number {
    const before = this.values.get(key);
    if (!before) return this.isDictionary(key) ? abi.E_INVALID : abi.E_NOT_FOUND;
    if (offset > before.length) return abi.E_RANGE;
    const after = new Uint8Array(Math.max(before.length, offset + value.length));
    after.set(before);
    after.set(value, offset);
    this.values.set(key, after);
    return abi.OK;
  }

  remove(key: string): number {
    const keys = this.below(key);
    for (const other of keys) this.values.delete(other);
    return keys.length > 0 ? abi.OK : abi.E_NOT_FOUND;
  }

  rename(from: string, to: string): number {
    const moved = this.below(from);
    if (moved.length === 0) return abi.E_NOT_FOUND;
    const name = from.split("/").at(-1);
    const inside = this.isDictionary(to);
    if (from === to) return abi.OK;
    const target = inside ? `${to}/${name}` : to;
    if (target === from) return abi.OK;
    if (inside && (this.isDictionary(target) || (this.isValue(target) && !this.isValue(from)))) return abi.E_ALREADY;
    if (!inside && this.isValue(to) && !this.isValue(from)) return abi.E_INVALID;
    if (!this.isValue(target) && !this.free(target)) return abi.E_INVALID;
    if (target.startsWith(`${from}/`)) return abi.E_INVALID;
    const values = moved.map((key) => [key, this.values.get(key) as Uint8Array] as const);
    for (const [key] of values) this.values.delete(key);
    for (const [key, value] of values) this.values.set(target + key.slice(from.length), value);
    return abi.OK;
  }

  batch(changes: readonly Change[]): number {
    const values = new Set<string>();
    const dictionaries = new Set<string>();
    for (const { key, value } of changes) {
      if (!value) continue;
      if (!this.free(key) || dictionaries.has(key)) return abi.E_INVALID;
      const parts = key.split("/");
      const above = parts.map((_, i) => parts.slice(0, i).join("/")).slice(2);
      if (above.some((prefix) => values.has(prefix))) return abi.E_INVALID;
      for (const prefix of above) dictionaries.add(prefix);
      values.add(key);
    }
    for (const { key, value } of changes) {
      if (value) this.values.set(key, value);
      else this.remove(key);
    }
    return abi.OK;
  }

  list(key: string): string[] | number {
    if (!this.isDictionary(key)) return abi.E_NOT_FOUND;
    const names = this.below(key).map((other) => other.slice(key.length + 1).split("/"));
    return [...new Set(names.map(([name, ...rest]) => (rest.length > 0 ? `${name}/` : `${name}`)))].sort();
  }
}
