/** Every store, made by ours and by other programs, against a plain map. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { crunchFolder } from "../../../compiler/pack/crunch.ts";
import { packFat } from "../../../compiler/pack/fat.ts";
import { packTar } from "../../../compiler/pack/tar.ts";
import { DICTIONARY, E_NOT_FOUND, E_TOO_LONG, Store, type Tree, VALUE, withFolder } from "./store.ts";

type Kind = "crunch" | "tar" | "fat";
/** Makes a store's bytes of a folder. */
type Maker = (folder: string, scratch: string) => Uint8Array;

const run = (command: string, ...args: string[]): void => {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, LC_ALL: "C.UTF-8" } });
};

const packed =
  (pack: (folder: string, target: string) => void): Maker =>
  (folder, scratch) => {
    const target = join(scratch, "disk");
    pack(folder, target);
    return readFileSync(target);
  };

const gnuTar = (format: string): Maker =>
  packed((folder, target) => run("tar", `--format=${format}`, "-cf", target, "-C", folder, "."));

/** A FAT volume by mkfs.vfat and mcopy. */
const mtools = (bits: number, size: number, ...options: string[]): Maker =>
  packed((folder, target) => {
    writeFileSync(target, "");
    truncateSync(target, size);
    run("/usr/sbin/mkfs.vfat", "-F", String(bits), ...options, target);
    const names = readdirSync(folder).map((name) => join(folder, name));
    if (names.length > 0) run("mcopy", "-s", "-i", target, ...names, "::");
  });

/** Our own, which fsck.vfat is to find nothing wrong with. */
const ourFat = packed((folder, target) => {
  packFat(folder, target);
  run("/usr/sbin/fsck.vfat", "-n", target);
});

/**
 * What mtools writes as it is: it replaces characters that its code page lacks, and gives short names of others, in that
 * code page, no long ones.
 */
const plain = (tree: Tree): boolean =>
  [...tree.keys()]
    .flatMap((key) => key.split("/"))
    .every((name) => /^[ -~]*$/.test(name) || /^[ -~äß]{13,}$/.test(name));

const makers: readonly [string, Kind, Maker][] = [
  ["crunch", "crunch", (folder) => crunchFolder(folder)],
  ["tar, by fata pack", "tar", packed(packTar)],
  ["tar, GNU's format", "tar", gnuTar("gnu")],
  ["tar, pax", "tar", gnuTar("posix")],
  ["FAT, by fata pack", "fat", ourFat],
  ["FAT12, by mtools", "fat", mtools(12, 4 << 20)],
  ["FAT16, by mtools", "fat", mtools(16, 16 << 20)],
  ["FAT32, by mtools, in sectors of 512", "fat", mtools(32, 34 << 20, "-s", "1")],
];

// FAT knows no more names than these, and does not tell capitals.
const name = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-z0-9]{1,8}(\.[a-z]{1,3})?$/) },
  { weight: 2, arbitrary: fc.stringMatching(/^[a-zA-Z0-9äß€ _+,;=-]{0,40}[a-z€]$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z😀]{20,60}$/u) },
);
const bytes = fc
  .tuple(fc.oneof(fc.nat(20), fc.nat(3000), fc.constantFrom(0, 511, 512, 513, 4096, 20_000, 70_000)), fc.nat(255))
  .map(([length, seed]) => Uint8Array.from({ length }, (_, i) => seed + i * 7 + (i >> 8)));
const key = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

const trees = fc.array(fc.tuple(key, bytes), { maxLength: 25 }).map((files): Tree => {
  const tree = new Map<string, Uint8Array>();
  const taken = new Map<string, string>();
  for (const [key, bytes] of files) {
    const folders = key.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/"));
    const spelled = folders.every((one) => (taken.get(one.toLowerCase()) ?? one) === one);
    const isFree = !taken.has(key.toLowerCase()) && folders.slice(0, -1).every((one) => !tree.has(one));
    if (!spelled || !isFree) continue;
    for (const one of folders) taken.set(one.toLowerCase(), one);
    tree.set(key, bytes);
  }
  return tree;
});

/** What is in a dictionary of the tree. */
function listOf(tree: Tree, key: string): string[] {
  const prefix = key === "" ? "" : `${key}/`;
  const names = [...tree.keys()].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  return [...new Set(names.map((one) => one.replace(/\/.*$/s, "/")))].sort();
}

function compare(store: Store, tree: Tree): void {
  assert.equal(store.status, 0);
  const dictionaries = new Set([""]);
  for (const [key, bytes] of tree) {
    for (let at = key.indexOf("/"); at >= 0; at = key.indexOf("/", at + 1)) dictionaries.add(key.slice(0, at));
    assert.equal(store.call("exists", key).result, VALUE, key);
    assert.equal(store.call("size", `/${key}`).result, bytes.length);
    assert.deepEqual(store.call("get", key.replaceAll("/", "//")).bytes ?? Buffer.alloc(0), Buffer.from(bytes), key);
    const middle = bytes.length >> 1;
    const part = store.call("getPart", key, middle, 1000).bytes ?? Buffer.alloc(0);
    assert.deepEqual(part, Buffer.from(bytes.subarray(middle, middle + 1000)));
    assert.equal(store.call("getPart", key, bytes.length + 1, 10).result, 0);
    assert.deepEqual(store.call("parts", key, 0, 700).bytes ?? Buffer.alloc(0), Buffer.from(bytes));
    assert.deepEqual(store.call("digest", key).bytes, createHash("sha256").update(bytes).digest());
    assert.equal(store.call("exists", `${key}/x`).result, E_NOT_FOUND);
    assert.equal(store.call("exists", key.slice(0, -1)).result < 0, !isKey(tree, key.slice(0, -1)), key);
    assert.equal(store.list(key), E_NOT_FOUND);
    if (bytes.length > 0) assert.equal(store.call("get", key, 0, bytes.length - 1).result, E_TOO_LONG);
  }
  for (const key of dictionaries) {
    assert.equal(store.call("exists", `${key}/`).result, DICTIONARY, key);
    assert.deepEqual(store.list(key), listOf(tree, key), key);
    for (const operation of ["get", "size", "digest", "modified", "text"] as const)
      assert.equal(store.call(operation, key).result, E_NOT_FOUND);
  }
  for (const key of ["nowhere", "..", ".", "a/../b", "x".repeat(1025), "\0"])
    if (!isKey(tree, key)) assert.equal(store.call("exists", key).result, E_NOT_FOUND, key);
}

function isKey(tree: Tree, key: string): boolean {
  const wanted = key.replace(/^\/+|\/+$/g, "").toLowerCase();
  return wanted === "" || [...tree.keys()].some((one) => `${one.toLowerCase()}/`.startsWith(`${wanted}/`));
}

describe("a key-value store agrees with a map", () => {
  for (const [name, kind, make] of makers)
    for (const blockSize of kind === "crunch" ? [512] : [512, 4096])
      test(`${name}${blockSize === 512 ? "" : `, in blocks of ${blockSize}`}`, async () => {
        await fc.assert(
          fc.asyncProperty(name.includes("mtools") ? trees.filter(plain) : trees, (tree) =>
            withFolder(tree, async (folder, scratch) => {
              compare(await Store.open(kind, make(folder, scratch), blockSize), tree);
            }),
          ),
          { numRuns: blockSize === 512 ? 5 : 2 },
        );
      });
});
