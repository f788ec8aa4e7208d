/** Lays zones out as runtime/dns/zone/format.ts has it. */
import { crc32 } from "node:zlib";
import * as format from "../../runtime/dns/zone/format.ts";
import { ProjectError } from "../errors.ts";
import { parent, ROOT } from "./names.ts";
import { type AnswerStore, makeTable, type TableNode } from "./nodes.ts";
import type { Zone } from "./zone.ts";

/** Answers one behind the other, each but once. */
class Store implements AnswerStore {
  readonly parts: string[] = [];
  private readonly known = new Map<string, number>();
  /** Bytes of all. */
  length = 0;

  /** @returns its offset among the answers */
  add(answer: string): number {
    const known = this.known.get(answer);
    if (known !== undefined) return known;
    const offset = this.length;
    this.known.set(answer, offset);
    this.parts.push(answer);
    this.length += answer.length;
    return offset;
  }
}

/** @param zones with different apexes */
export function layOut(zones: readonly Zone[]): Buffer {
  const store = new Store();
  const table = makeTable(zones, store);
  let slots = 2;
  while (slots < table.size * 2) slots *= 2;
  const places = new Map<string, number>();
  const slotsAt = format.ZONE_HEADER + zones.length * format.APEX_SIZE;
  const nodesAt = slotsAt + slots * format.SLOT_SIZE;
  let answersAt = nodesAt;
  for (const { name, types } of table.values()) {
    places.set(name, answersAt);
    answersAt += format.NODE_TYPES + types.size * format.TYPE_SIZE + ((name.length + 3) & ~3);
  }
  const length = answersAt + store.length;
  if (length > format.ZONE_LENGTH_MAX)
    throw new ProjectError(`the zones take ${length} bytes; at most ${format.ZONE_LENGTH_MAX >> 20} MiB are allowed`);
  const block = Buffer.alloc(length);
  const placeOf = (name: string): number => places.get(name) ?? 0;

  writeNodes(block, table, placeOf, answersAt);
  let at = answersAt;
  for (const part of store.parts) at += block.write(part, at, "latin1");
  for (const { name } of table.values()) fillSlot(block, slotsAt, slots, hashName(name), placeOf(name));
  for (const [i, { apex, serial, count }] of zones.entries())
    writeWords(block, format.ZONE_HEADER + i * format.APEX_SIZE, [placeOf(apex), serial, count]);
  writeWords(block, 0, [format.ZONE_MAGIC_LOW, format.ZONE_MAGIC_HIGH, format.ZONE_VERSION, 0]);
  const parts = [length, format.ZONE_HEADER, slotsAt, slots, nodesAt, table.size, answersAt, store.parts.length];
  writeWords(block, format.ZONE_LENGTH, parts);
  block.writeUInt32LE(crc32(block), format.ZONE_CHECKSUM);
  return block;
}

function writeNodes(
  block: Buffer,
  table: ReadonlyMap<string, TableNode>,
  placeOf: (name: string) => number,
  answersAt: number,
): void {
  for (const { name, types, otherwise, kind, below } of table.values()) {
    let at = placeOf(name);
    block.writeUInt8(name.length, at + format.NODE_NAME_LENGTH);
    block.writeUInt8(kind, at + format.NODE_KIND);
    block.writeUInt16LE(types.size, at + format.NODE_TYPE_COUNT);
    block.writeUInt32LE(answersAt + otherwise, at + format.NODE_OTHERWISE);
    block.writeUInt32LE(typeof below === "string" ? placeOf(below) : answersAt + below, at + format.NODE_BELOW);
    at += format.NODE_TYPES;
    for (const [type, answer] of types) {
      block.writeUInt32LE(type, at + format.TYPE_TYPE);
      block.writeUInt32LE(answersAt + answer, at + format.TYPE_ANSWER);
      at += format.TYPE_SIZE;
    }
    block.write(name, at, "latin1");
  }
}

function writeWords(block: Buffer, at: number, words: readonly number[]): void {
  for (const word of words) at = block.writeUInt32LE(word, at);
}

function fillSlot(block: Buffer, slotsAt: number, slots: number, hash: number, node: number): void {
  let slot = hash & (slots - 1);
  const placeOf = (): number => slotsAt + slot * format.SLOT_SIZE;
  while (block.readUInt32LE(placeOf() + format.SLOT_NODE) !== 0) slot = (slot + 1) & (slots - 1);
  block.writeUInt32LE(hash, placeOf() + format.SLOT_HASH);
  block.writeUInt32LE(node, placeOf() + format.SLOT_NODE);
}

/** The hash of a name (runtime/dns/zone/format.ts tells how it is made). */
function hashName(name: string): number {
  if (name === ROOT) return format.HASH_SEED;
  let hash = hashName(parent(name));
  const end = 1 + name.charCodeAt(0);
  const octet = (at: number): number => (at < end ? name.charCodeAt(at) : 0);
  for (let at = 0; at < end; at += 4) {
    const number = octet(at) | (octet(at + 1) << 8) | (octet(at + 2) << 16) | (octet(at + 3) << 24);
    hash = Math.imul(hash ^ number, format.HASH_FACTOR);
    hash ^= hash >>> format.HASH_SHIFT;
  }
  return hash >>> 0;
}
