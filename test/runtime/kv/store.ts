/** Stores in an image, and the trees of files that they are made of. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BlockRequest } from "../../support/block.ts";
import { compileGuest, type Guest } from "../../support/guest.ts";

export const [VALUE, DICTIONARY] = [1, 2];
export const [E_NOT_FOUND, E_INVALID, E_RANGE, E_IO, E_TOO_LONG] = [-1, -2, -5, -7, -68];

const operations = ["exists", "get", "getPart", "size", "list", "digest", "modified", "text", "parts"] as const;
type Operation = (typeof operations)[number];

let guest: Guest | undefined;

/** A store in a fresh image. */
export class Store {
  private constructor(
    readonly tender: ReturnType<Guest["instantiate"]>,
    private readonly keyBytes: number,
  ) {}

  static open(kind: "crunch" | "tar" | "fat", disk: Uint8Array, blockSize = 512): Promise<Store> {
    return Store.openWith(kind, disk, blockSize);
  }

  /** The same on a disk one of whose requests fails. @param failing its number, from 0 on */
  static openFailing(kind: "tar" | "fat", disk: Uint8Array, failing: number, code: number): Promise<Store> {
    let count = 0;
    return Store.openWith(kind, disk, 512, () => (count++ === failing ? code : undefined));
  }

  /** The same on a disk that cannot be read from a place on. */
  static openShrunk(kind: "tar" | "fat", disk: Uint8Array, end: number): Promise<Store> {
    const isBeyond = ({ offset, segments }: BlockRequest) =>
      segments.reduce((at, { length }) => at + length, Number(offset)) > end;
    return Store.openWith(kind, disk, 512, (request) => (isBeyond(request) ? E_IO : undefined));
  }

  private static async openWith(
    kind: "crunch" | "tar" | "fat",
    disk: Uint8Array,
    blockSize: number,
    fault: (request: BlockRequest) => number | undefined = () => undefined,
  ): Promise<Store> {
    guest ??= await compileGuest(new URL("store.js", import.meta.url).href, "stores.as.ts");
    const tender = guest.instantiate({ arguments: [`--kind=${kind}`] });
    if (kind !== "crunch") tender.block("storage", { disk: wholeBlocks(disk, blockSize), blockSize }).fault = fault;
    tender.start().settle();
    const store = new Store(tender, room(tender, 4096));
    if (kind === "crunch") {
      const archive = room(tender, disk.length);
      tender.memory.bytes(archive, disk.length).set(disk);
      tender.exports["openCrunch"]?.(archive);
    }
    assert.equal(tender.exports["isOpen"]?.(), 1);
    return store;
  }

  /** OK, or why nothing can be read. */
  get status(): number {
    return Number(this.tender.exports["status"]?.());
  }

  /** The log, without times. */
  get log(): string[] {
    return this.tender.lines.map((line) => line.replace(/^\d\S+Z: /, ""));
  }

  /** Makes a call and lets it run to its end. */
  call(operation: Operation, key: string, offset = 0, length = 1 << 24): { result: number; bytes: Buffer | undefined } {
    const { tender } = this;
    const encoded = Buffer.from(key);
    tender.memory.bytes(this.keyBytes, encoded.length).set(encoded);
    const index = operations.indexOf(operation);
    tender.exports["begin"]?.(index, this.keyBytes, encoded.length, BigInt(offset), length);
    tender.deadline = 0n;
    tender.settle();
    assert.equal(tender.exports["isDone"]?.(), 1, `${operation} ${key} does not end`);
    const result = Number(tender.exports["result"]?.());
    const place = Number(tender.exports["bytes"]?.());
    return { result, bytes: place ? Buffer.from(tender.memory.bytes(place, result)) : undefined };
  }

  /** The names in a dictionary, those of dictionaries with a slash behind, sorted; or the code. */
  list(key: string): string[] | number {
    const { result, bytes } = this.call("list", key);
    if (!bytes) return result;
    const lines = bytes.toString().split("\n").slice(0, -1);
    return lines.map((line) => line.slice(1) + (line.startsWith("2") ? "/" : "")).sort();
  }

  /** Bytes that look-ups of a key allocate. */
  allocatedBy(key: string): number {
    const encoded = Buffer.from(key);
    this.tender.memory.bytes(this.keyBytes, encoded.length).set(encoded);
    return Number(this.tender.exports["allocated"]?.(this.keyBytes, encoded.length));
  }
}

function room(tender: ReturnType<Guest["instantiate"]>, length: number): number {
  return Number(tender.exports["allocate"]?.(length));
}

function wholeBlocks(disk: Uint8Array, blockSize: number): Uint8Array {
  const rest = disk.length % blockSize;
  return rest ? Buffer.concat([disk, Buffer.alloc(blockSize - rest)]) : disk;
}

/** Files by their keys. */
export type Tree = ReadonlyMap<string, Uint8Array>;

/** Does something with a tree in a folder. */
export async function withFolder<T>(tree: Tree, work: (folder: string, scratch: string) => T | Promise<T>): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), "fata-kv-"));
  const folder = join(scratch, "files");
  try {
    mkdirSync(folder);
    for (const [key, bytes] of tree) {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), bytes);
    }
    return await work(folder, scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
