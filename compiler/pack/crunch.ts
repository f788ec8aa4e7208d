/** A folder as it is compiled into an image. runtime/kv/crunch.ts reads it, and draws it. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { ProjectError, type Site } from "../errors.ts";
import { shown } from "../output.ts";
import { variantsOf } from "./compress.ts";
import { packedTime, walk } from "./walk.ts";

const HEADER_SIZE = 24;
const FILE_SIZE = 12;
const DIGEST_SIZE = 32;
const CONTENT_SIZE = 8 + DIGEST_SIZE;
/** The content of what marks a dictionary. */
const NONE = 0xffffffff;
/** Most bytes that are compiled into an image: it is to fit into memory, with room to work. */
const MOST = 1 << 30;

/** A key, and which content it has. */
interface File {
  readonly key: Buffer;
  readonly content: number;
}

/** What is read of a folder. */
export interface CrunchRequest {
  /** Whether compressed variants of its files are added (compress.ts), where the folder has none. */
  readonly compress?: boolean;
  /** The line of config.ts that names it. */
  readonly site?: Site | undefined;
}

/**
 * Reads a folder.
 * @throws ProjectError for what cannot be packed, and for more than 1 GiB
 */
export function crunchFolder(folder: string, { compress = false, site }: CrunchRequest = {}): Buffer {
  const contents: { bytes: Buffer; digest: Buffer }[] = [];
  const byDigest = new Map<string, number>();
  const entries = walk(folder, site);
  const keys = new Set(entries.map(({ key }) => key));
  const contentOf = (bytes: Buffer): number => {
    const digest = createHash("sha256").update(bytes).digest();
    const known = byDigest.get(digest.toString("hex"));
    const content = known ?? contents.push({ bytes, digest }) - 1;
    byDigest.set(digest.toString("hex"), content);
    return content;
  };
  let total = 0;
  const files = entries.flatMap(({ key, path, isFolder }): File[] => {
    if (isFolder) {
      return [{ key: Buffer.from(`${key}/`), content: NONE }];
    }
    total += statSync(path).size;
    if (total > MOST)
      throw new ProjectError(`${shown(folder)} holds more than 1 GiB; put it on a disk: tarDisk(...)`, site);
    const bytes = readFileSync(path);
    const variants = compress ? [...variantsOf(key, bytes)] : [];
    return [
      { key: Buffer.from(key), content: contentOf(bytes) },
      ...variants
        .filter(([suffix]) => !keys.has(key + suffix))
        .map(([suffix, encoded]) => ({ key: Buffer.from(key + suffix), content: contentOf(encoded) })),
    ];
  });
  files.sort((a, b) => Buffer.compare(a.key, b.key));
  return layOut(files, contents);
}

function layOut(files: readonly File[], contents: readonly { bytes: Buffer; digest: Buffer }[]): Buffer {
  const slots = hashTable(files);
  const texts = files.reduce((sum, { key }) => sum + key.length, 0);
  const tables = HEADER_SIZE + files.length * FILE_SIZE + slots.length * 4 + contents.length * CONTENT_SIZE;
  const archive = Buffer.alloc(contents.reduce((sum, { bytes }) => sum + bytes.length, tables + texts));
  let at = 0;
  const put = (...values: readonly number[]): void => {
    for (const value of values) at = archive.writeUInt32LE(value, at);
  };
  put(files.length, contents.length, slots.length, texts);
  at = archive.writeBigUInt64LE(BigInt(packedTime()) * 1_000_000n, at);
  let text = 0;
  for (const { key, content } of files) {
    put(text, key.length, content);
    text += key.length;
  }
  put(...slots);
  let start = tables + texts;
  for (const { bytes, digest } of contents) {
    put(start, bytes.length);
    at += digest.copy(archive, at);
    start += bytes.length;
  }
  for (const { key } of files) at += key.copy(archive, at);
  for (const { bytes } of contents) at += bytes.copy(archive, at);
  return archive;
}

/** For each slot, 1 + the index of its file, or 0: at most two thirds of them are taken. */
function hashTable(files: readonly File[]): number[] {
  let size = 4;
  while (size * 2 < files.length * 3) size *= 2;
  const slots = Array.from({ length: size }, () => 0);
  for (const [index, { key }] of files.entries()) {
    let slot = hashKey(key) & (size - 1);
    while (slots[slot]) slot = (slot + 1) & (size - 1);
    slots[slot] = index + 1;
  }
  return slots;
}

/** FNV-1a, 32 bits. */
function hashKey(key: Uint8Array): number {
  return key.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), 0x811c9dc5);
}
