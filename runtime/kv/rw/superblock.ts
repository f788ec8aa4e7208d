/** The two superblocks: what is where. They are written by turns, so that one is always whole. */

import { OK } from "../../base/result";
import { SlicedCrc32 } from "../../base/slicedcrc32";
import { BlockStore } from "../../block/store";
import {
  KV_BLOCK_MAX,
  KV_CHUNK_MAX,
  KV_FRAME_MAX,
  KV_LOOKED_AT,
  KV_SEGMENT_MAX,
  KV_SEGMENT_MIN,
  KV_SEGMENTS,
  KV_SEGMENTS_MIN,
  KV_VERSION,
  MAGIC_HIGH,
  MAGIC_LOW,
  SUPER_BYTES,
  SUPER_CHAIN,
  SUPER_CHECKPOINT,
  SUPER_CHECKSUM,
  SUPER_CHUNK,
  SUPER_DURABLE,
  SUPER_EPOCH,
  SUPER_GENERATION,
  SUPER_LOG,
  SUPER_SEGMENT,
  SUPER_SEGMENTS,
  SUPER_SEQUENCE,
  SUPER_SIZE,
  SUPER_VERSION,
} from "../format";

/** What was found where the superblocks are. */
export enum Found {
  Store,
  /** Nothing but zeros, or the torn first superblock of a disk that was being formatted. */
  Nothing,
  /** A store of another version of the format. */
  Version,
  /** A store that is longer than the disk. */
  Shrunk,
  /** Something else. */
  Other,
}

/** Fewest bytes of a disk. */
export const STORE_MIN: u64 = <u64>KV_SEGMENTS + <u64>KV_SEGMENTS_MIN * KV_SEGMENT_MIN;
/** A disk has about so many segments, as far as that is possible. */
const SEGMENTS_WANTED: u32 = 256;
const PIECE: u64 = 65536;

export class Superblock {
  generation: u64 = 0;
  epoch: u32 = 0;
  segment: u32 = 0;
  bytes: u64 = 0;
  segments: u32 = 0;
  chunk: u32 = 0;
  checkpoint: u64 = 0;
  log: u64 = 0;
  sequence: u64 = 0;
  chain: u32 = 0;
  durable: u32 = 0;
  /** Its version, when it was another one. */
  version: u32 = KV_VERSION;

  constructor(private readonly crc: SlicedCrc32) {}

  /** Most bytes of a frame. */
  get frame(): u32 {
    return min(KV_FRAME_MAX, this.segment);
  }

  /**
   * Reads the newer one of the two.
   * @param buffer KV_SEGMENTS bytes
   * @returns a code, or a Found
   */
  read(device: BlockStore, buffer: usize): i32 {
    const outcome = device.readTo(0, buffer, KV_SEGMENTS);
    if (outcome != OK) return outcome;
    let found = Found.Other;
    this.generation = 0;
    for (let place: u32 = 0; place < 2; place++) {
      const at = buffer + place * KV_BLOCK_MAX;
      if (!this.whole(at)) continue;
      const version = load<u32>(at, SUPER_VERSION);
      if (version != KV_VERSION) {
        this.version = version;
        return Found.Version;
      }
      if (load<u64>(at, SUPER_GENERATION) <= this.generation) continue;
      this.take(at);
      found = this.sane() ? (this.bytes <= device.size ? Found.Store : Found.Shrunk) : Found.Other;
    }
    if (found != Found.Other || this.generation) return found;
    return this.lookForAnything(device, buffer);
  }

  private whole(at: usize): bool {
    if (load<u32>(at) != MAGIC_LOW || load<u32>(at, 4) != MAGIC_HIGH) return false;
    const written = load<u32>(at, SUPER_CHECKSUM);
    store<u32>(at, 0, SUPER_CHECKSUM);
    const checksum = this.crc.of(at, SUPER_SIZE);
    store<u32>(at, written, SUPER_CHECKSUM);
    return checksum == written;
  }

  private take(at: usize): void {
    this.generation = load<u64>(at, SUPER_GENERATION);
    this.epoch = load<u32>(at, SUPER_EPOCH);
    this.segment = load<u32>(at, SUPER_SEGMENT);
    this.bytes = load<u64>(at, SUPER_BYTES);
    this.segments = load<u32>(at, SUPER_SEGMENTS);
    this.chunk = load<u32>(at, SUPER_CHUNK);
    this.checkpoint = load<u64>(at, SUPER_CHECKPOINT);
    this.log = load<u64>(at, SUPER_LOG);
    this.sequence = load<u64>(at, SUPER_SEQUENCE);
    this.chain = load<u32>(at, SUPER_CHAIN);
    this.durable = load<u32>(at, SUPER_DURABLE);
  }

  /** Whether its numbers can be: it has a good checksum, but who knows who made it. */
  private sane(): bool {
    const segment = this.segment;
    if (segment < KV_SEGMENT_MIN || segment > KV_SEGMENT_MAX || segment & (segment - 1)) return false;
    if (this.segments < KV_SEGMENTS_MIN || this.bytes != <u64>KV_SEGMENTS + <u64>this.segments * segment) return false;
    return this.chunk == chunkOf(segment) && this.sequence > 0 && this.isPlace(this.log);
  }

  /** Whether a frame can be at an address. */
  isPlace(address: u64): bool {
    return address >= KV_SEGMENTS && address < this.bytes && !(address & 511);
  }

  /** Whether a disk without superblocks holds anything. */
  private lookForAnything(device: BlockStore, buffer: usize): i32 {
    // A superblock that is torn, and nothing else: the power failed while the disk was formatted.
    const torn = load<u32>(buffer) == MAGIC_LOW;
    for (let i: usize = torn ? 512 : 0; i < KV_SEGMENTS; i++) if (load<u8>(buffer + i)) return Found.Other;
    const piece = heap.alloc(<usize>PIECE);
    let found: i32 = Found.Nothing;
    for (let offset: u64 = KV_SEGMENTS; offset < device.size && found == Found.Nothing; ) {
      if (offset >= KV_LOOKED_AT && device.size - offset > KV_LOOKED_AT) offset = device.size - KV_LOOKED_AT;
      const end = offset < KV_LOOKED_AT ? min<u64>(KV_LOOKED_AT, device.size) : device.size;
      const length = min(PIECE, end - offset);
      const outcome = device.readTo(offset, piece, <u32>length);
      if (outcome != OK) found = outcome;
      else if (!isZero(piece, <usize>length)) found = Found.Other;
      offset += length;
    }
    heap.free(piece);
    return found;
  }

  /** Plans a new store for a disk of at least STORE_MIN bytes. @param chain anything, for old frames not to fit */
  plan(size: u64, chain: u32): void {
    let segment = KV_SEGMENT_MIN;
    while (segment < KV_SEGMENT_MAX && (size - KV_SEGMENTS) / SEGMENTS_WANTED >= (<u64>segment) << 1) segment <<= 1;
    this.generation = 0;
    this.epoch = 0;
    this.segment = segment;
    this.segments = <u32>((size - KV_SEGMENTS) / segment);
    this.bytes = <u64>KV_SEGMENTS + <u64>this.segments * segment;
    this.chunk = chunkOf(segment);
    this.checkpoint = 0;
    this.log = KV_SEGMENTS;
    this.sequence = 1;
    this.chain = chain;
    this.durable = 0;
  }

  /**
   * Writes it in place of the older one, and makes it durable.
   * @param buffer KV_BLOCK_MAX bytes
   */
  write(device: BlockStore, buffer: usize): i32 {
    this.generation++;
    memory.fill(buffer, 0, KV_BLOCK_MAX);
    store<u32>(buffer, MAGIC_LOW);
    store<u32>(buffer, MAGIC_HIGH, 4);
    store<u32>(buffer, KV_VERSION, SUPER_VERSION);
    store<u64>(buffer, this.generation, SUPER_GENERATION);
    store<u32>(buffer, this.epoch, SUPER_EPOCH);
    store<u32>(buffer, this.segment, SUPER_SEGMENT);
    store<u64>(buffer, this.bytes, SUPER_BYTES);
    store<u32>(buffer, this.segments, SUPER_SEGMENTS);
    store<u32>(buffer, this.chunk, SUPER_CHUNK);
    store<u64>(buffer, this.checkpoint, SUPER_CHECKPOINT);
    store<u64>(buffer, this.log, SUPER_LOG);
    store<u64>(buffer, this.sequence, SUPER_SEQUENCE);
    store<u32>(buffer, this.chain, SUPER_CHAIN);
    store<u32>(buffer, this.durable, SUPER_DURABLE);
    store<u32>(buffer, this.crc.of(buffer, SUPER_SIZE), SUPER_CHECKSUM);
    const place = (this.generation & 1) ^ 1;
    let outcome = device.writeFrom(place * KV_BLOCK_MAX, buffer, device.blockSize);
    if (outcome == OK) outcome = device.flush();
    // The next try must not touch the other one.
    if (outcome != OK) this.generation--;
    return outcome;
  }
}

/** Bytes of a chunk in a store with segments of so many bytes. */
function chunkOf(segment: u32): u32 {
  return min(segment >>> 4, KV_CHUNK_MAX);
}

function isZero(ptr: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i += 8) if (load<u64>(ptr + i)) return false;
  return true;
}
