/**
 * How precompiled authoritative zones lie in memory, version 1: one block, compiled into the image or read from a disk.
 * docs/zone-format.md tells the whole story.
 *
 * This file is the only definition: compiler/zone writes blocks, runtime/dns reads them (docs/adr/0026-zones-precompiled.md).
 * It uses the subset of the language that asc and tsc share, as runtime/abi/tender.ts does. All numbers are little-endian,
 * but those that are parts of DNS messages. "Offset" is from the beginning of the block; all are multiples of 4, and so are
 * the lengths of all parts.
 *
 *     | header | zones | slots | nodes | answers |
 *
 * The idea: whatever can be known before a question comes, the compiler has worked out: which records answer which
 * type, where a chain of aliases leads, what lies below a cut, which addresses go along, and how names are compressed.
 * Several zones lie in one table. A name that two of them have belongs to the one below, so the most specific apex wins.
 *
 * How to answer (class IN; the question's name in canonical form, `length` octets with the root's):
 *
 * 1. Look for the name among the slots, then for the name without its first label, and so on down to the root, until there
 *    is a node. No node: no zone of ours (REFUSED).
 * 2. The node has the name itself: the answer is that of the question's type in the node's list, else its `otherwise`.
 *    (There is nothing more to know: at a cut, DS is in the list and `otherwise` is the referral; at an alias, `otherwise`
 *    says what its target says; TYPE ANY, 255, is in the list where it is to be answered, with one RRset (RFC 8482, 4.1).)
 * 3. The node is above the name, its closest encloser (RFC 4592, 3.3.1). The node's kind says what `below` is:
 *    - BELOW_ANSWER: the answer itself, for all types: a referral, or NXDOMAIN.
 *    - BELOW_WILDCARD: another node, whose list and `otherwise` are used as in 2.
 *    - BELOW_DNAME: an answer with the DNAME record alone, to which a CNAME is to be added (RFC 6672, 3.1). The record is
 *      the first of the answer's body, its owner a pointer: its TTL is at 6 and its target, not compressed, at 12. When the
 *      new name is too long: that answer with RCODE YXDOMAIN (6). Else the search may go on with the new name.
 * 4. Copy the answer's body behind the question, its counts and its flags to the header, and move its pointers (see Answer).
 */

// A block that the compiler put into the image is not checked. One from a disk is, by `check` in check.ts, before it is used:
// then all that is said here of lengths and offsets holds, the search ends, and each DNAME record is a whole one.

/** The version of the format. A block of another one is refused. */
export const ZONE_VERSION: u32 = 1;
/** Most bytes of a block. */
export const ZONE_LENGTH_MAX: u32 = 0x40000000;

// ---- Header --------------------------------------------------------------------------------------------------------
//
//        0           4           8          12
//    0  |magic "FATAZONE"       |version    |checksum   |
//   16  |length     |zones      |slots      |number of  |
//       |           |           |           |slots      |
//   32  |nodes      |number of  |answers    |number of  |
//       |           |nodes      |           |answers    |
//
// checksum: CRC-32 (ISO 3309) over all `length` bytes of the block, with 0 in its own place. zones, slots, nodes, answers:
// offsets; each part ends where the next one begins, the last one at `length`.

export const ZONE_HEADER: usize = 48;
export const ZONE_CHECKSUM: usize = 12;
export const ZONE_LENGTH: usize = 16;
export const ZONE_ZONES: usize = 20;
export const ZONE_SLOTS: usize = 24;
export const ZONE_SLOT_COUNT: usize = 28;
export const ZONE_NODES: usize = 32;
export const ZONE_NODE_COUNT: usize = 36;
export const ZONE_ANSWERS: usize = 40;
export const ZONE_ANSWER_COUNT: usize = 44;
/** "FATA" and "ZONE". */
export const ZONE_MAGIC_LOW: u32 = 0x41544146;
export const ZONE_MAGIC_HIGH: u32 = 0x454e4f5a;

// ---- Zones ---------------------------------------------------------------------------------------------------------
//
// For messages and statistics only; in the order in which they were given.
//
//        0           4           8
//    0  |apex       |serial     |records    |
//
// apex: offset of its node. serial: of its SOA record. records: how many the zone's file has, duplicates not counted.

export const APEX_NODE: usize = 0;
export const APEX_SERIAL: usize = 4;
export const APEX_RECORDS: usize = 8;
export const APEX_SIZE: usize = 12;

// ---- Slots ---------------------------------------------------------------------------------------------------------
//
// A hash table with open addressing: a power of two of slots, at least twice as many as there are nodes. A name's search
// begins at slot `hash & (count - 1)` and goes on with the next one, after the last one with the first, until a slot whose
// node is 0: then there is no such name.
//
//        0           4
//    0  |hash       |node       |
//
// node: offset, 0 for an empty slot. Compare the hash, then the name.
//
// The hash of a name is made from its end: so one pass gives that of the name and of all names above it. All 32-bit:
//
//     hash(root) = HASH_SEED
//     hash(label.rest): begins with h = hash(rest); the label's octets, its length first, are taken four at a time, as
//     little-endian numbers, zeros behind the last one; for each:  h = (h ^ number) * HASH_FACTOR;  h = h ^ (h >>> 15)

export const SLOT_HASH: usize = 0;
export const SLOT_NODE: usize = 4;
export const SLOT_SIZE: usize = 8;
export const HASH_SEED: u32 = 0x811c9dc5;
export const HASH_FACTOR: u32 = 0x9e3779b1;
export const HASH_SHIFT: u32 = 15;

// ---- Node ----------------------------------------------------------------------------------------------------------
//
// A name that exists: one with records, an empty non-terminal or a wildcard, which is a name like others. Names below a cut
// or a DNAME are no nodes.
//
//        0     1     2           4           8
//    0  |name |kind |types      |otherwise  |below      |
//   12  types times: |type       |answer     |
//       then the name in canonical form (wire form, lower case, the root's octet at the end), and zeros up to a multiple of 4
//
// name: its octets. kind: BELOW_*. types: how many. otherwise: offset of the answer for types that are not in the list.
// below: for names below this one that have no node. Each type is there once, in no order.

export const NODE_NAME_LENGTH: usize = 0;
export const NODE_KIND: usize = 1;
export const NODE_TYPE_COUNT: usize = 2;
export const NODE_OTHERWISE: usize = 4;
export const NODE_BELOW: usize = 8;
export const NODE_TYPES: usize = 12;
export const TYPE_TYPE: usize = 0;
export const TYPE_ANSWER: usize = 4;
export const TYPE_SIZE: usize = 8;

/** `below` is an answer: a referral, or NXDOMAIN. */
export const BELOW_ANSWER: u32 = 0;
/** `below` is a node: the wildcard that makes answers for all names below. */
export const BELOW_WILDCARD: u32 = 1;
/** `below` is an answer with a DNAME record: names below are renamed. */
export const BELOW_DNAME: u32 = 2;

// ---- Answer --------------------------------------------------------------------------------------------------------
//
// What follows the question in a response, ready to be copied.
//
//        0           2           4           6
//    0  |flags      |length     |needed     |ARCOUNT of |
//       |           |           |           |needed     |
//    8  |ANCOUNT    |NSCOUNT    |ARCOUNT    |name |0    |
//   16  |wholes     |suffixes   |blocks     |0          |
//   24  length bytes: the body
//       then wholes + suffixes + blocks times: |place of a pointer|, 2 bytes each, and zeros up to a multiple of 4
//
// flags: AA (0x0400) and the RCODE, to be added to the header's. The counts are as a message has them (big-endian), one
// behind the other as there. needed: so many octets of the body must be in a response, else it is truncated (TC). What is
// behind them are additional records that may be left out: then ARCOUNT is `ARCOUNT of needed`.
//
// The pointers of the body (RFC 1035, 4.1.4) are those of a message whose question is for a name of `name` octets, at 12,
// with the body at 12 + name + 4. Is the question's name longer, by `delta` octets (it then ends with the answer's name,
// or, where a wildcard made it, with all but the first label), the pointers must be moved. Three lists of places, each in
// ascending order and counted from the body's beginning, say which:
//
//     wholes    point to the whole name of the question, at 12: they stay (an owner that a wildcard made)
//     suffixes  point into the part of the question's name that the answer knows: + delta
//     blocks    point into the body: + delta
//
// So with delta = 0 an answer is one copy, and else the places of the second and third list are added to. A body that is
// put elsewhere (behind a DNAME and its CNAME) is moved with all three lists: with the name at `n` instead of 12 and the
// body at `b`: wholes + n - 12, suffixes + n - 12 + delta, blocks + b - (12 + name + 4). The compiler sees to it that all
// pointers stay below 0x4000 where the body begins at most BODY_START_MAX octets behind the beginning of the message.
//
// A place beyond what was copied (`needed` only) is not to be written to.

export const ANSWER_FLAGS: usize = 0;
export const ANSWER_LENGTH: usize = 2;
export const ANSWER_NEEDED: usize = 4;
export const ANSWER_NEEDED_ADDITIONALS: usize = 6;
export const ANSWER_ANSWERS: usize = 8;
export const ANSWER_AUTHORITIES: usize = 10;
export const ANSWER_ADDITIONALS: usize = 12;
export const ANSWER_NAME_LENGTH: usize = 14;
export const ANSWER_WHOLES: usize = 16;
export const ANSWER_SUFFIXES: usize = 18;
export const ANSWER_BLOCKS: usize = 20;
export const ANSWER_BODY: usize = 24;
/** Where in the body of BELOW_DNAME's answer the record's TTL is, and its target. */
export const RENAMING_TTL: usize = 6;
export const RENAMING_TARGET: usize = 12;
/** Octets that a pointer's place takes. */
export const PLACE_SIZE: usize = 2;
/** Most octets before a body: names are compressed so that pointers into the body can hold what becomes of them. */
export const BODY_START_MAX: u32 = 2048;
/** Most octets of a body: with header, the longest question, and EDNS with options, a message has at most 65,535. */
export const BODY_LENGTH_MAX: u32 = 64512;
