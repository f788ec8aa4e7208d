/** The parts of a read-write store that no disk is needed for: its segments, and its table of names. */
import { KV_ROOT } from "fata/kv/format";
import { Segments } from "fata/kv/rw/segments";
import { DICTIONARY, Tree, VALUE } from "fata/kv/rw/tree";

const name = memory.data(8);
let tree = new Tree();
let segments = new Segments(8192, 1);

export function newTree(): void {
  tree = new Tree();
  const id = tree.take();
  assert(id == KV_ROOT + 1 && tree.kind(KV_ROOT) == DICTIONARY);
  tree.give(id);
}

/** Makes room for so many nodes. */
export function widenFor(nodes: u32): bool {
  return tree.widenFor(nodes);
}

/** Adds a node. @param key its name @returns its number */
export function add(key: u64): u32 {
  const id = tree.take();
  store<u16>(tree.node(id), <u16>VALUE, 26);
  store<u64>(name, key);
  tree.name(id, KV_ROOT, name, 8);
  tree.link(id);
  return id;
}

export function find(key: u64): u32 {
  store<u64>(name, key);
  return tree.find(KV_ROOT, name, 8);
}

export function unlink(id: u32): void {
  tree.unlink(id);
}

export function link(id: u32): void {
  tree.link(id);
}

export function remove(id: u32): void {
  tree.unlink(id);
  tree.give(id);
}

/** Segments of which none is used. */
export function newSegments(count: u32): void {
  segments = new Segments(8192, count);
}

export function takeForLog(sequence: u64): u64 {
  return segments.takeForLog(sequence);
}

export function takeForCheckpoint(): u64 {
  return segments.takeForCheckpoint();
}

export function keep(address: u64, bytes: u32): void {
  segments.keep(address, bytes);
}

export function release(address: u64, bytes: u32): void {
  segments.release(address, bytes);
}

export function pin(address: u64): void {
  segments.pin(address);
}

export function unpin(address: u64): void {
  segments.unpin(address);
}

export function choose(room: u64, before: u64, kept: u32): u64 {
  return segments.choose(room, before, kept);
}

export function isMoving(address: u64): bool {
  return segments.isMoving(address);
}

export function settle(before: u64, kept: u32): void {
  segments.settle(before, kept);
}

export function giveUp(): void {
  segments.giveUp();
}

export function unused(): u32 {
  return segments.unused;
}
