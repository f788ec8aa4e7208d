/**
 * A folder as a FAT12, FAT16 or FAT32 file system with long names (docs/adr/0022). It is written from its beginning to its
 * end, and nothing is ever changed on it: folders and files lie in one piece each, in the order of their names.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path/posix";
import { ProjectError, type Site } from "../errors.ts";
import { shown } from "../output.ts";
import { entriesOf, type FatName, longEntries, nameEntries } from "./fatnames.ts";
import { bootSectors, COPIES, chooseShape, type FatShape, SECTOR, setNext } from "./fatshape.ts";
import type { PackProgress } from "./tar.ts";
import { type Packed, packedTime, walk, wholeBlocks } from "./walk.ts";

const FILE_MAX = 0xffff_ffff;
/** Most bytes of a folder's entries. */
const DIRECTORY_MAX = 65_536 * 32;
/** Bytes that are copied at once. */
const CHUNK = 1 << 20;
const ZEROS = Buffer.alloc(CHUNK);

/** A folder or file of the volume. */
interface Node {
  readonly entry: Packed | undefined;
  readonly name: FatName | undefined;
  /** The folder that it is in; undefined for the root. */
  readonly parent: Node | undefined;
  readonly children: Node[];
  /** Bytes of a file, or of a folder's entries. */
  size: number;
  /** Its first cluster; 0 for what is empty, and the root directory of FAT12 and FAT16. */
  first: number;
}

/**
 * Packs a folder. The same files give the same bytes.
 * @param target where the volume goes
 * @throws ProjectError for what cannot be packed
 */
export function packFat(folder: string, target: string, progress: PackProgress = () => {}, site?: Site): void {
  const [root, nodes] = readTree(folder, site);
  const folders = [root, ...nodes.filter((node) => node.entry?.isFolder)];
  const files = nodes.filter((node) => !node.entry?.isFolder);
  const all = [...folders, ...files];
  const shape = chooseShape(root.size / 32, ({ bits, cluster }) =>
    all.reduce((sum, node) => sum + (node === root && bits !== 32 ? 0 : Math.ceil(node.size / cluster)), 0),
  );
  if (!shape) throw new ProjectError(`${shown(folder)} is too large for FAT; pack it as tar`, site);
  const used = place(all, root, shape);
  const descriptor = openSync(target, "w");
  const volume = new Volume(descriptor);
  try {
    writeHead(volume, shape, used, all, nodes);
    if (shape.bits !== 32) volume.write(listing(root, shape.rootEntries * 32));
    for (const directory of folders)
      if (directory.first) volume.write(listing(directory, padded(directory.size, shape)));
    for (const [index, file] of files.entries()) {
      progress(index + 1, files.length);
      copy(volume, file, padded(file.size, shape), site);
    }
    // Clusters that nothing has.
    ftruncateSync(descriptor, wholeBlocks(shape.sectors * SECTOR));
  } finally {
    closeSync(descriptor);
  }
}

/** @returns the root, and all nodes below it, in the order of their keys */
function readTree(folder: string, site: Site | undefined): [Node, Node[]] {
  const byFolder = new Map<string, Packed[]>([[".", []]]);
  const entries = walk(folder, site);
  for (const entry of entries) {
    if (entry.isFolder) byFolder.set(entry.key, []);
    byFolder.get(dirname(entry.key))?.push(entry);
  }
  const nodes = new Map<string, Node>();
  const root: Node = { entry: undefined, name: undefined, parent: undefined, children: [], size: 0, first: 0 };
  nodes.set(".", root);
  for (const [key, children] of byFolder) {
    const names = nameEntries(children, site);
    const parent = nodes.get(key) ?? root;
    for (const entry of children) {
      const name = names.get(entry);
      const size = entry.isFolder ? 64 : sizeOf(entry, site); // a folder begins with "." and ".."
      const node: Node = { entry, name, parent, children: [], size, first: 0 };
      parent.children.push(node);
      parent.size += name ? entriesOf(name) * 32 : 0;
      nodes.set(entry.key, node);
    }
  }
  for (const { size, entry } of nodes.values())
    if (size > DIRECTORY_MAX && (!entry || entry.isFolder))
      throw new ProjectError(
        `cannot pack ${shown(entry?.path ?? folder)}: it holds more names than a folder of FAT has room for; pack as tar`,
        site,
      );
  // An entry of zeros ends a directory that does not fill its clusters; an empty root has at least that.
  root.size = Math.max(root.size, 32);
  return [root, entries.flatMap(({ key }) => nodes.get(key) ?? [])];
}

function sizeOf({ path }: Packed, site: Site | undefined): number {
  const { size } = statSync(path);
  if (size > FILE_MAX)
    throw new ProjectError(`cannot pack ${shown(path)}: FAT has no files of 4 GiB; pack as tar`, site);
  return size;
}

/** Gives each node its clusters, one behind the other. @returns how many there are */
function place(all: readonly Node[], root: Node, { bits, cluster }: FatShape): number {
  let next = 2;
  for (const node of all) {
    if ((node === root && bits !== 32) || node.size === 0) continue;
    node.first = next;
    next += Math.ceil(node.size / cluster);
  }
  return next - 2;
}

/** Writes what comes before the root directory: reserved sectors and FATs. */
function writeHead(volume: Volume, shape: FatShape, used: number, all: readonly Node[], nodes: readonly Node[]): void {
  const { bits, cluster, reserved, fatSectors } = shape;
  const hash = createHash("sha256");
  for (const { entry, size } of nodes) hash.update(`${entry?.key}\0${size}\0`);
  const boot = bootSectors(shape, hash.digest().readUInt32LE(), used);
  const head = Buffer.alloc(reserved * SECTOR);
  boot.copy(head);
  if (bits === 32) boot.copy(head, 6 * SECTOR);
  volume.write(head);
  const fat = Buffer.alloc(fatSectors * SECTOR);
  const last = 2 ** Math.min(bits, 28) - 1;
  setNext(fat, bits, 0, last - 7); // with the kind of medium, 0xf8
  setNext(fat, bits, 1, last);
  for (const { first, size } of all) {
    if (!first) continue;
    const end = first + Math.ceil(size / cluster) - 1;
    for (let at = first; at < end; at++) setNext(fat, bits, at, at + 1);
    setNext(fat, bits, end, last);
  }
  for (let copy = 0; copy < COPIES; copy++) volume.write(fat);
}

/** The entries of a directory. */
function listing(node: Node, room: number): Buffer {
  const parts: Buffer[] = [];
  if (node.parent) {
    parts.push(shortEntry(Buffer.from(".          "), true, node.first, 0));
    // The root directory has no number there, on FAT32 neither.
    parts.push(shortEntry(Buffer.from("..         "), true, node.parent.parent ? node.parent.first : 0, 0));
  }
  for (const { entry, name, first, size } of node.children) {
    if (!name) continue;
    parts.push(longEntries(name), shortEntry(name.short, entry?.isFolder ?? false, first, entry?.isFolder ? 0 : size));
  }
  const entries = Buffer.concat(parts);
  return Buffer.concat([entries, Buffer.alloc(room - entries.length)]);
}

function shortEntry(name: Buffer, isFolder: boolean, first: number, size: number): Buffer {
  const entry = Buffer.alloc(32);
  name.copy(entry);
  entry.writeUInt8(isFolder ? 0x10 : 0x20, 11);
  const [date, time] = fatTime(packedTime());
  for (const at of [14, 22]) entry.writeUInt16LE(time, at);
  for (const at of [16, 18, 24]) entry.writeUInt16LE(date, at);
  entry.writeUInt16LE(first >>> 16, 20);
  entry.writeUInt16LE(first & 0xffff, 26);
  entry.writeUInt32LE(size, 28);
  return entry;
}

/** Date and time as FAT has them, from 1980 on, in UTC. */
function fatTime(milliseconds: number): [date: number, time: number] {
  const when = new Date(Math.min(Math.max(milliseconds, Date.UTC(1980)), Date.UTC(2107, 11, 31)));
  const date = ((when.getUTCFullYear() - 1980) << 9) | ((when.getUTCMonth() + 1) << 5) | when.getUTCDate();
  return [date, (when.getUTCHours() << 11) | (when.getUTCMinutes() << 5) | (when.getUTCSeconds() >> 1)];
}

/** Bytes of the clusters that so many bytes fill. */
function padded(size: number, { cluster }: FatShape): number {
  return Math.ceil(size / cluster) * cluster;
}

/** The volume's file. What is zero takes no room in it. */
class Volume {
  private at = 0;

  constructor(private readonly descriptor: number) {}

  write(bytes: Buffer): void {
    const isZero = bytes.length <= ZEROS.length && bytes.equals(ZEROS.subarray(0, bytes.length));
    for (let done = 0; done < bytes.length && !isZero; )
      done += writeSync(this.descriptor, bytes, done, bytes.length - done, this.at + done);
    this.at += bytes.length;
  }
}

/** Copies a file, and zeros up to the end of its clusters. */
function copy(volume: Volume, { entry, size }: Node, room: number, site: Site | undefined): void {
  if (!entry) return;
  const from = openSync(entry.path, "r");
  try {
    const chunk = Buffer.alloc(Math.min(CHUNK, Math.max(size, 1)));
    let left = size;
    for (let read = 1; left > 0 && read > 0; left -= read) {
      read = readSync(from, chunk, 0, Math.min(chunk.length, left), null);
      volume.write(chunk.subarray(0, read));
    }
    const changed = left > 0 || fstatSync(from).size !== size;
    if (changed) throw new ProjectError(`${shown(entry.path)} was changed while it was packed; try again`, site);
    volume.write(Buffer.alloc(room - size));
  } finally {
    closeSync(from);
  }
}
