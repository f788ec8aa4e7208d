/** The name of a question, and where its node is in precompiled zones. */
import { equal } from "../../base/bytes";
import { LABEL_MAX, NAME_MAX } from "../../wire/dnsname";
import {
  HASH_FACTOR,
  HASH_SEED,
  HASH_SHIFT,
  NODE_NAME_LENGTH,
  NODE_TYPE_COUNT,
  NODE_TYPES,
  SLOT_HASH,
  SLOT_NODE,
  SLOT_SIZE,
  TYPE_SIZE,
  ZONE_SLOT_COUNT,
  ZONE_SLOTS,
} from "../zone/format";

/** Most labels of a name, without the root's. */
const LABELS_MAX: usize = 127;
/** Octets by which the words of a name may reach behind it. */
const MARGIN: u32 = 8;

export class QueryName {
  /** The name in canonical form. */
  readonly octets: usize = heap.alloc(NAME_MAX + MARGIN);
  /** How many octets. */
  length: u32 = 0;
  /** Octets of the name behind those of the node that find has found. */
  below: u32 = 0;
  private count: u32 = 0;
  /** Of each label, and the root at the end: where it begins. */
  private labels: usize = heap.alloc(LABELS_MAX + 1);
  /** The hash of the name from that label on. */
  private hashes: usize = heap.alloc((LABELS_MAX + 1) * sizeof<u32>());

  /**
   * Reads a name that is whole: a question has no pointers, for there is nothing before it.
   * @returns octets of the name, or 0 when it is malformed, too long, or reaches past `end`
   */
  read(at: usize, end: usize): u32 {
    const room = min<usize>(end - at, NAME_MAX) as u32;
    let length: u32 = 0;
    let count: usize = 0;
    for (;;) {
      if (length >= room) return 0;
      store<u8>(this.labels + count, length as u8);
      const label = <u32>load<u8>(at + length);
      if (label == 0) break;
      if (label > LABEL_MAX) return 0;
      length += 1 + label;
      count++;
    }
    length++;
    this.count = count as u32;
    this.length = length;
    const octets = this.octets;
    memory.copy(octets, at, length);
    for (let i: u32 = 0; i < length; i += 8) store<u64>(octets + i, lowerCase(load<u64>(octets + i)));
    return length;
  }

  /** The node of the name, or of the nearest name above it, in a block that is sound; 0 when there is none. */
  find(zones: usize): usize {
    this.makeHashes();
    const slots = zones + load<u32>(zones, ZONE_SLOTS);
    const mask = load<u32>(zones, ZONE_SLOT_COUNT) - 1;
    for (let i: usize = 0; i <= this.count; i++) {
      const start = <u32>load<u8>(this.labels + i);
      const hash = load<u32>(this.hashes + (i << 2));
      for (let place = hash & mask; ; place = (place + 1) & mask) {
        const slot = slots + <usize>place * SLOT_SIZE;
        const offset = load<u32>(slot, SLOT_NODE);
        if (offset == 0) break;
        if (load<u32>(slot, SLOT_HASH) != hash || !isAt(zones + offset, this.octets + start, this.length - start))
          continue;
        this.below = start;
        return zones + offset;
      }
    }
    return 0;
  }

  /** From the root on down. */
  private makeHashes(): void {
    let hash = HASH_SEED;
    let end = this.length - 1;
    for (let i = this.count; ; ) {
      store<u32>(this.hashes + (i << 2), hash);
      if (i == 0) return;
      const start = <u32>load<u8>(this.labels + --i);
      let at = start;
      for (; at + 4 <= end; at += 4) hash = mix(hash, load<u32>(this.octets + at));
      if (at < end) hash = mix(hash, load<u32>(this.octets + at) & ((1 << ((end - at) << 3)) - 1));
      end = start;
    }
  }
}

/** Whether a node has a name in canonical form. */
function isAt(node: usize, name: usize, length: u32): bool {
  if (load<u8>(node, NODE_NAME_LENGTH) != length) return false;
  return equal(node + NODE_TYPES + load<u16>(node, NODE_TYPE_COUNT) * TYPE_SIZE, name, length);
}

function mix(hash: u32, word: u32): u32 {
  hash = (hash ^ word) * HASH_FACTOR;
  return hash ^ (hash >> HASH_SHIFT);
}

/**
 * Eight octets of a name in lower case (RFC 4343). Lengths of labels are less than any letter. Without their highest bits, no
 * sum of two octets reaches into the next one.
 */
function lowerCase(word: u64): u64 {
  const low = word & 0x7f7f7f7f7f7f7f7f;
  const fromA = low + 0x3f3f3f3f3f3f3f3f;
  const beyondZ = low + 0x2525252525252525;
  return word | ((fromA & ~beyondZ & ~word & 0x8080808080808080) >> 2);
}
