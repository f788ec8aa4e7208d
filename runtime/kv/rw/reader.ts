/** Reading a part of a value, as it is when the call begins, whatever is written meanwhile. */
import { E_AGAIN } from "../../base/result";
import { Places } from "./places";
import { CHUNK_SUM, NODE_BYTES, NODE_KIND, NODE_VERSION, VALUE } from "./tree";
import { Volume } from "./volume";

/**
 * Reads from the value of a node.
 * @param version the node's, as it was when it was found; E_AGAIN when it has changed
 * @returns the bytes read, fewer than `length` only at the value's end, or a code
 */
export function readValue(volume: Volume, id: u32, version: u32, offset: u64, ptr: usize, length: u32): i32 {
  const values = volume.values;
  const node = values.tree.node(id);
  if (load<u16>(node, NODE_KIND) != VALUE || load<u32>(node, NODE_VERSION) != version) return E_AGAIN;
  const size = load<u64>(node, NODE_BYTES);
  if (offset >= size) return 0;
  const wanted = <u32>min<u64>(length, size - offset);
  const chunk = values.chunk;
  let done: u32 = 0;
  while (done < wanted) {
    const index = values.index(offset + done);
    const record = values.record(node, index);
    let copy = values.cache.find(record);
    if (!copy) copy = volume.log.find(load<u64>(record));
    if (!copy) return readRest(volume, id, offset, ptr, wanted, done);
    done += copyPart(copy, chunk, index, offset, ptr, wanted);
  }
  return wanted;
}

/** Copies what a chunk has of the bytes that are wanted. @returns how many */
function copyPart(chunk: usize, room: u32, index: u32, offset: u64, ptr: usize, wanted: u32): u32 {
  const start = <u64>index * room;
  const from = max(start, offset);
  const to = min(start + room, offset + wanted);
  memory.copy(ptr + <usize>(from - offset), chunk + <usize>(from - start), <usize>(to - from));
  return <u32>(to - from);
}

/** Reads what is not in memory, and all after it: where that lies is noted first, and kept. */
function readRest(volume: Volume, id: u32, offset: u64, ptr: usize, wanted: u32, done: u32): i32 {
  const values = volume.values;
  const segments = values.segments;
  const node = values.tree.node(id);
  const size = load<u64>(node, NODE_BYTES);
  const first = values.index(offset + done);
  const last = values.index(offset + wanted - 1);
  const places = new Places();
  for (let index = first; index <= last; index++) {
    const record = values.record(node, index);
    segments.pin(load<u64>(record));
    places.add(load<u64>(record), load<u32>(record, CHUNK_SUM));
  }
  const outcome = readChunks(volume, places, first, size, offset, ptr, wanted, done, id);
  for (let i: u32 = 0; i < places.length; i++) segments.unpin(places.address(i));
  places.dispose();
  return outcome;
}

/** Reads from a value whose chunks are all known and kept. @returns as `readValue` */
export function readPlaces(volume: Volume, places: Places, size: u64, offset: u64, ptr: usize, length: u32): i32 {
  if (offset >= size) return 0;
  return readChunks(volume, places, 0, size, offset, ptr, <u32>min<u64>(length, size - offset), 0, 0);
}

/**
 * Reads chunks, from the one on that has the byte `done`.
 * @param base number of the chunk that `places` begins with; @param id of the node to keep copies for, or 0
 */
function readChunks(
  volume: Volume,
  places: Places,
  base: u32,
  size: u64,
  offset: u64,
  ptr: usize,
  wanted: u32,
  done: u32,
  id: u32,
): i32 {
  const values = volume.values;
  const chunk = values.chunk;
  const buffer = volume.chunks.take();
  let outcome: i32 = wanted;
  while (done < wanted) {
    const index = values.index(offset + done);
    const address = places.address(index - base);
    const count = values.length(size, index);
    const copy = volume.chunks.read(address, count, places.checksum(index - base), buffer);
    if (copy < 0) {
      outcome = <i32>copy;
      break;
    }
    done += copyPart(<usize>copy, chunk, index, offset, ptr, wanted);
    if (id) keep(volume, id, index, address, <usize>copy, count);
  }
  volume.chunks.give(buffer);
  return outcome;
}

/** Keeps a copy of a chunk that was read, if it is still that of the value. */
function keep(volume: Volume, id: u32, index: u32, address: u64, ptr: usize, length: u32): void {
  const values = volume.values;
  const node = values.tree.node(id);
  if (load<u16>(node, NODE_KIND) != VALUE || index >= values.count(load<u64>(node, NODE_BYTES))) return;
  const record = values.record(node, index);
  if (load<u64>(record) != address || values.length(load<u64>(node, NODE_BYTES), index) != length) return;
  if (!values.cache.find(record)) values.cache.keep(record, ptr, length);
}
