/** Whether a block of zones from a disk is what format.ts draws: then no search in it, and no answer, leaves it. */
import { load16be } from "../../base/bytes";
import { crc32 } from "../../base/crc32";
import { LABEL_MAX, NAME_MAX, POINTER } from "../../wire/dnsname";
import {
  ANSWER_BLOCKS,
  ANSWER_BODY,
  ANSWER_LENGTH,
  ANSWER_NEEDED,
  ANSWER_SUFFIXES,
  ANSWER_WHOLES,
  APEX_NODE,
  APEX_SIZE,
  BELOW_DNAME,
  BELOW_WILDCARD,
  BODY_LENGTH_MAX,
  NODE_BELOW,
  NODE_KIND,
  NODE_NAME_LENGTH,
  NODE_OTHERWISE,
  NODE_TYPE_COUNT,
  NODE_TYPES,
  PLACE_SIZE,
  RENAMING_TARGET,
  SLOT_NODE,
  SLOT_SIZE,
  TYPE_ANSWER,
  TYPE_SIZE,
  ZONE_ANSWER_COUNT,
  ZONE_ANSWERS,
  ZONE_CHECKSUM,
  ZONE_HEADER,
  ZONE_LENGTH,
  ZONE_LENGTH_MAX,
  ZONE_MAGIC_HIGH,
  ZONE_MAGIC_LOW,
  ZONE_NODE_COUNT,
  ZONE_NODES,
  ZONE_SLOT_COUNT,
  ZONE_SLOTS,
  ZONE_VERSION,
  ZONE_ZONES,
} from "./format";

const ALIGNMENT: u32 = 4;
/** Octets of a record's length, before its data. */
const DATA_LENGTH: usize = 2;

/**
 * The length of the block that begins with a header.
 * @param header ZONE_HEADER bytes
 * @returns 0 when this is no block of a version that we know
 */
export function blockLength(header: usize): u32 {
  if (load<u32>(header) != ZONE_MAGIC_LOW || load<u32>(header, 4) != ZONE_MAGIC_HIGH) return 0;
  const length = load<u32>(header, ZONE_LENGTH);
  return load<u32>(header, 8) == ZONE_VERSION && length >= <u32>ZONE_HEADER && length <= ZONE_LENGTH_MAX ? length : 0;
}

/** Whether all of a block holds together. @param length its bytes, as its header says */
export function check(address: usize, length: u32): bool {
  if (blockLength(address) != length || !isSound(address, length)) return false;
  // A bit for each place where something may begin. Here only, and free again when this returns.
  const size = (<usize>length >> 5) + 1;
  const starts = heap.alloc(size);
  memory.fill(starts, 0, size);
  const whole = new Walk(address, length, starts).all();
  heap.free(starts);
  return whole;
}

function isSound(address: usize, length: u32): bool {
  const before = crc32(address, ZONE_CHECKSUM);
  const without = crc32(memory.data<u32>([0]), 4, before);
  const rest = ZONE_CHECKSUM + 4;
  return crc32(address + rest, <usize>length - rest, without) == load<u32>(address, ZONE_CHECKSUM);
}

class Walk {
  private readonly zones: u32;
  private readonly slots: u32;
  private readonly nodes: u32;
  private readonly answers: u32;

  constructor(
    private address: usize,
    private length: u32,
    private starts: usize,
  ) {
    this.zones = load<u32>(address, ZONE_ZONES);
    this.slots = load<u32>(address, ZONE_SLOTS);
    this.nodes = load<u32>(address, ZONE_NODES);
    this.answers = load<u32>(address, ZONE_ANSWERS);
  }

  all(): bool {
    const inOrder =
      this.zones == <u32>ZONE_HEADER &&
      this.zones <= this.slots &&
      this.slots <= this.nodes &&
      this.nodes <= this.answers;
    const isAligned = ((this.slots | this.nodes | this.answers | this.length) & (ALIGNMENT - 1)) == 0;
    if (!inOrder || !isAligned || this.answers > this.length) return false;
    // First all places of answers and nodes, then what leads to them.
    return this.walkAnswers() && this.walkNodes(false) && this.walkNodes(true) && this.walkSlots() && this.walkZones();
  }

  private mark(offset: u32): void {
    const byte = this.starts + (offset >> 5);
    store<u8>(byte, (<u32>load<u8>(byte) | (1 << ((offset >> 2) & 7))) as u8);
  }

  private isMarked(offset: u32): bool {
    return (
      (offset & (ALIGNMENT - 1)) == 0 && (<u32>load<u8>(this.starts + (offset >> 5)) & (1 << ((offset >> 2) & 7))) != 0
    );
  }

  private isAnswer(offset: u32): bool {
    return offset >= this.answers && offset < this.length && this.isMarked(offset);
  }

  private isNode(offset: u32): bool {
    return offset >= this.nodes && offset < this.answers && this.isMarked(offset);
  }

  private walkAnswers(): bool {
    let count: u32 = 0;
    for (let offset = this.answers; offset < this.length; count++) {
      const answer = this.address + offset;
      const left = this.length - offset;
      if (left < <u32>ANSWER_BODY) return false;
      const body = <u32>load<u16>(answer, ANSWER_LENGTH);
      const wholes = <u32>load<u16>(answer, ANSWER_WHOLES);
      const suffixes = <u32>load<u16>(answer, ANSWER_SUFFIXES);
      const blocks = <u32>load<u16>(answer, ANSWER_BLOCKS);
      const size = <u32>ANSWER_BODY + body + (wholes + suffixes + blocks) * <u32>PLACE_SIZE;
      if (body > BODY_LENGTH_MAX || load<u16>(answer, ANSWER_NEEDED) > <u16>body || size > left) return false;
      let places = answer + ANSWER_BODY + body;
      if (!inBody(places, wholes, body)) return false;
      places += <usize>wholes * PLACE_SIZE;
      if (!inBody(places, suffixes, body) || !inBody(places + <usize>suffixes * PLACE_SIZE, blocks, body)) return false;
      this.mark(offset);
      // At most 3 more than `left`, which is a multiple of 4.
      offset += (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    }
    return count == load<u32>(this.address, ZONE_ANSWER_COUNT);
  }

  /** @param inFull whether what the nodes lead to is looked at: all of them must be known for that */
  private walkNodes(inFull: bool): bool {
    let count: u32 = 0;
    for (let offset = this.nodes; offset < this.answers; count++) {
      const node = this.address + offset;
      const left = this.answers - offset;
      if (left < <u32>NODE_TYPES) return false;
      const types = <u32>load<u16>(node, NODE_TYPE_COUNT);
      const nameLength = <u32>load<u8>(node, NODE_NAME_LENGTH);
      const size = <u32>NODE_TYPES + types * <u32>TYPE_SIZE + nameLength;
      if (size > left || !isCanonical(node + size - nameLength, nameLength)) return false;
      if (inFull && !this.leadsOn(node, types)) return false;
      this.mark(offset);
      offset += (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    }
    return count == load<u32>(this.address, ZONE_NODE_COUNT);
  }

  private leadsOn(node: usize, types: u32): bool {
    if (!this.isAnswer(load<u32>(node, NODE_OTHERWISE))) return false;
    for (let i: u32 = 0; i < types; i++) {
      if (!this.isAnswer(load<u32>(node + NODE_TYPES + <usize>i * TYPE_SIZE, TYPE_ANSWER))) return false;
    }
    const below = load<u32>(node, NODE_BELOW);
    const kind = <u32>load<u8>(node, NODE_KIND);
    if (kind == BELOW_WILDCARD) return this.isNode(below);
    return kind <= BELOW_DNAME && this.isAnswer(below) && (kind != BELOW_DNAME || isRenaming(this.address + below));
  }

  /** There must be a power of two of slots, and an empty one among them: there each search ends. */
  private walkSlots(): bool {
    const count = load<u32>(this.address, ZONE_SLOT_COUNT);
    if (popcnt(count) != 1 || <u64>count * SLOT_SIZE != <u64>(this.nodes - this.slots)) return false;
    let empty: u32 = 0;
    for (let offset = this.slots; offset < this.nodes; offset += <u32>SLOT_SIZE) {
      const node = load<u32>(this.address + offset, SLOT_NODE);
      if (node == 0) empty++;
      else if (!this.isNode(node)) return false;
    }
    return empty * 2 >= count;
  }

  private walkZones(): bool {
    if ((this.slots - this.zones) % <u32>APEX_SIZE) return false;
    for (let offset = this.zones; offset < this.slots; offset += <u32>APEX_SIZE) {
      if (!this.isNode(load<u32>(this.address + offset, APEX_NODE))) return false;
    }
    return true;
  }
}

/** Whether the places of pointers lie in a body, in ascending order. */
function inBody(places: usize, count: u32, length: u32): bool {
  let next: u32 = 0;
  for (const end = places + <usize>count * PLACE_SIZE; places < end; places += PLACE_SIZE) {
    const place = <u32>load<u16>(places);
    if (place < next || place + 2 > length) return false;
    next = place + 2;
  }
  return true;
}

/** Whether an answer's body begins with a whole DNAME record, with a pointer as owner and a target as it should be. */
function isRenaming(answer: usize): bool {
  const length = <u32>load<u16>(answer, ANSWER_LENGTH);
  const target = answer + ANSWER_BODY + RENAMING_TARGET;
  if (length < <u32>RENAMING_TARGET || load<u8>(answer + ANSWER_BODY) < POINTER) return false;
  const size = <u32>load16be(target - DATA_LENGTH);
  return size <= length - <u32>RENAMING_TARGET && size <= NAME_MAX && isName(target, size);
}

/** Whether `length` octets are a whole name, without pointers. */
function isName(name: usize, length: u32): bool {
  const end = name + length;
  while (name < end) {
    const label = <u32>load<u8>(name);
    if (label == 0) return name + 1 == end;
    if (label > LABEL_MAX) return false;
    name += 1 + label;
  }
  return false;
}

/** Whether `length` octets are a whole name in canonical form. */
function isCanonical(name: usize, length: u32): bool {
  if (!isName(name, length)) return false;
  for (let i: u32 = 0; i < length; i++) {
    const octet = <u32>load<u8>(name + i);
    if (octet >= 0x41 && octet <= 0x5a) return false;
  }
  return true;
}
