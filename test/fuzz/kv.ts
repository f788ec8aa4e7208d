/**
 * Disks of read-write stores that somebody made to do harm: all checksums are right, what they cover is anything. The image
 * says that it cannot be, or reads and writes it; `fata kv` reads it, and both find the same.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProjectError } from "../../compiler/errors.ts";
import { Contents } from "../../compiler/kv/contents.ts";
import { crc32c } from "../../compiler/kv/crc32c.ts";
import { Disk } from "../../compiler/kv/disk.ts";
import * as format from "../../runtime/kv/format.ts";
import { Store } from "../runtime/kv/rwstore.ts";
import type { Target } from "./target.ts";

const SEGMENT = format.KV_SEGMENT_MIN;
const SEGMENTS = format.KV_SEGMENTS_MIN + 4;
const SIZE = format.KV_SEGMENTS + SEGMENTS * SEGMENT;
/** Bytes that have an input's kind and the numbers of the superblock that it changes. */
const HEAD = 4;
/** A fresh image for so many inputs: each opening leaves memory behind. */
const OPENINGS_MAX = 64;

export function kvTarget(): Target {
  const disk = new Uint8Array(SIZE);
  const file = join(tmpdir(), `fata-fuzz-kv-${process.pid}.img`);
  let store = new Store({ disk, cache: 0 });
  let openings = 0;
  return {
    name: "kv",
    feed(input) {
      makeDisk(disk, input);
      writeFileSync(file, disk);
      if (++openings % OPENINGS_MAX === 0) store = new Store({ disk, cache: 0 });
      store.reopen();
      const found = contentsOf(store);
      const told = toldOf(file);
      if (found && told && JSON.stringify(found) !== JSON.stringify(told))
        throw new Error(`the image finds ${JSON.stringify(found)}, fata kv ${JSON.stringify(told)}`);
      if (found) change(store);
    },
  };
}

/** A store whose checkpoint, or log, consists of what the input has. */
function makeDisk(disk: Uint8Array, input: Uint8Array): void {
  disk.fill(0);
  const [kind = 0, at = 0, value = 0, flags = 0] = input;
  const room = SEGMENT - format.FRAME_HEADER;
  const statements = input.subarray(HEAD, HEAD + room);
  const inCheckpoint = (kind & 1) === 0;
  const checkpoint = format.KV_SEGMENTS;
  const log = checkpoint + SEGMENT;
  const superblock = Buffer.alloc(format.SUPER_SIZE);
  superblock.writeUInt32LE(format.MAGIC_LOW, 0);
  superblock.writeUInt32LE(format.MAGIC_HIGH, 4);
  superblock.writeUInt32LE(format.KV_VERSION, format.SUPER_VERSION);
  superblock.writeBigUInt64LE(1n, format.SUPER_GENERATION);
  superblock.writeUInt32LE(1, format.SUPER_EPOCH);
  superblock.writeUInt32LE(SEGMENT, format.SUPER_SEGMENT);
  superblock.writeBigUInt64LE(BigInt(SIZE), format.SUPER_BYTES);
  superblock.writeUInt32LE(SEGMENTS, format.SUPER_SEGMENTS);
  superblock.writeUInt32LE(SEGMENT / 16, format.SUPER_CHUNK);
  superblock.writeBigUInt64LE(BigInt(inCheckpoint ? checkpoint : 0), format.SUPER_CHECKPOINT);
  superblock.writeBigUInt64LE(BigInt(log), format.SUPER_LOG);
  superblock.writeBigUInt64LE(1n, format.SUPER_SEQUENCE);
  // Now and then one of its numbers is another one.
  if (kind >= 0xf0) superblock[format.SUPER_GENERATION + (at % (format.SUPER_SIZE - format.SUPER_GENERATION))] = value;
  superblock.writeUInt32LE(crc32c(superblock), format.SUPER_CHECKSUM);
  disk.set(superblock);
  const kindFlags = inCheckpoint ? format.FRAME_CHECKPOINT | format.FRAME_LAST : 0;
  const frame = Buffer.alloc(format.FRAME_HEADER);
  frame.writeUInt32LE(format.FRAME_MAGIC, 0);
  frame.writeBigUInt64LE(inCheckpoint ? 0n : 1n, format.FRAME_SEQUENCE);
  frame.writeUInt32LE(1, format.FRAME_EPOCH);
  frame.writeBigUInt64LE(BigInt(log + SEGMENT), format.FRAME_NEXT);
  frame.writeUInt32LE(statements.length, format.FRAME_STATEMENTS);
  frame.writeUInt32LE(kind >= 0xe0 ? flags : kindFlags, format.FRAME_FLAGS);
  frame.writeUInt32LE(crc32c(statements, crc32c(frame)), format.FRAME_CHECKSUM);
  disk.set(frame, inCheckpoint ? checkpoint : log);
  disk.set(statements, (inCheckpoint ? checkpoint : log) + format.FRAME_HEADER);
}

/** Keys and the bytes of their values, -1 where they are damaged; undefined when the store cannot be opened. */
function contentsOf(store: Store): [string, number][] | undefined {
  const found: [string, number][] = [];
  const visit = (key: string, depth: number): boolean => {
    const names = store.list(key);
    if (!Array.isArray(names)) return false;
    if (depth > 300) throw new Error("dictionaries without end");
    for (const name of names) {
      if (name.endsWith("/")) visit(key + name, depth + 1);
      else {
        const value = store.get(key + name);
        found.push([key + name, typeof value === "number" ? -1 : value.length]);
      }
    }
    return true;
  };
  return visit("/", 0) ? found.filter(([key]) => plain(key)).sort() : undefined;
}

/** The same, by `fata kv`; undefined when it has found problems. */
function toldOf(file: string): [string, number][] | undefined {
  try {
    return Disk.with(file, (disk) => {
      const contents = new Contents(disk);
      if (contents.problems.length > 0) return undefined;
      const found = contents.values.map((value): [string, number] => {
        const bytes = contents.read(value);
        return [value.key, typeof bytes === "string" ? -1 : bytes.length];
      });
      return found.filter(([key]) => plain(key)).sort();
    });
  } catch (error) {
    if (error instanceof ProjectError) return undefined;
    throw error;
  }
}

/** Whether a key can be asked for: it is UTF-8, and its names have no slashes and line ends. */
function plain(key: string): boolean {
  return /^[ -.0-~]+$/.test(key.slice(1).replaceAll("/", "x")) && !key.includes("//");
}

/** What may be refused, but must not trap. */
function change(store: Store): void {
  store.set("/new", new Uint8Array(700));
  store.setPart("/a", 1, new Uint8Array(600));
  store.rename("/a", "/b/c");
  store.remove("/b");
  store.sync();
}
