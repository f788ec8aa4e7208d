/**
 * The Fata ABI, version 1: everything that passes between an image (the guest) and the tender that runs it.
 *
 * This file is the only definition. asc compiles the declarations below to imports of the wasm module `tender`; the
 * TypeScript tender satisfies their types; `npm run abi` prints the C header (tender/native/abi.h) and the WIT world
 * (docs/abi.wit) from it. It uses the subset of the language that asc and tsc share. docs/abi.md tells the whole story.
 *
 * Conventions
 * - Addresses, lengths and indices are u32 in the guest's linear memory. Structures are little-endian.
 * - A result >= 0 is success, < 0 one of the codes below.
 * - The tender checks every address, length and index from the guest once; a bad one traps the guest (exit status 70).
 * - Time is in nanoseconds. `now` counts from the image's start, also while the host sleeps. `wall` is the Unix time,
 *   for display and certificates only: it may jump.
 *
 * An image exports its `memory` and the functions of ImageExports. It has no wasm start section: that would run before
 * the tender knows the memory.
 */

/** The version of this ABI. It stands in the manifest; a tender refuses what it does not know. */
export const ABI_VERSION: i32 = 1;

// ---- Results -------------------------------------------------------------------------------------------------------
// -1 to -63 are the tender's; the guest's own codes (runtime/base/result.ts) lie below.

/** Success. */
export const OK: i32 = 0;
/** There is no such argument, or the manifest declares no such device. */
export const E_NOT_FOUND: i32 = -1;
/** The request is malformed: a length or offset that is not a multiple of the block size, an unknown operation. */
export const E_INVALID: i32 = -2;
/** The device is attached already. */
export const E_ALREADY: i32 = -3;
/** Devices are attached inside `start` only. */
export const E_TOO_LATE: i32 = -4;
/** The request reaches past the end of the device. Nothing was transferred. */
export const E_RANGE: i32 = -5;
/** The device is read-only. */
export const E_READ_ONLY: i32 = -6;
/** The host failed to read or write. */
export const E_IO: i32 = -7;
/** The host has no space left. */
export const E_NO_SPACE: i32 = -8;
/** This device cannot do this operation. */
export const E_UNSUPPORTED: i32 = -9;

// ---- Events --------------------------------------------------------------------------------------------------------

/** SIGTERM or SIGINT: end soon; after the grace time, or on a second signal, the tender ends the guest. */
export const EVENT_STOP: i32 = 1;
/** SIGUSR1: the image's own business, by custom a line of statistics. */
export const EVENT_USER: i32 = 2;
/** A network device's link went up or down: read NET_LINK of each ring. */
export const EVENT_LINK: i32 = 3;
/** The image was restored from a snapshot: take a new seed before the next random byte. */
export const EVENT_RESTORED: i32 = 4;

// ---- Exports of an image -------------------------------------------------------------------------------------------

/**
 * The functions that an image exports. `start` and `step` return the deadline of the next call on `now`'s clock: 0, work
 * is left (call again after a non-blocking I/O pass); the greatest u64, only I/O can wake the guest. Between two calls
 * the wasm stack is empty.
 */
export interface ImageExports {
  /** Called once; devices are attached here and nowhere else. */
  start(now: u64, wall: u64): u64;
  /** Called again and again; does a bounded amount of work. */
  step(now: u64, wall: u64): u64;
  /** Records an event (EVENT_*) for the next step. */
  event(kind: i32): void;
}

// ---- Hypercalls ----------------------------------------------------------------------------------------------------

/**
 * Ends the image. Frames in transmit rings are sent, submitted block requests are completed, then the tender leaves
 * with this status. Does not return.
 * @param status the process's exit status, 0 to 255; any other becomes 255
 */
export declare function exit(status: i32): void;

/**
 * Writes bytes to the console (the tender's standard output).
 * @param ptr address of the bytes; @param len how many, at most CONSOLE_MAX
 */
export declare function console_write(ptr: usize, len: usize): void;

/**
 * Copies one image argument, `--name=value` in UTF-8, without a terminating zero.
 * @param index 0 for the first argument
 * @param ptr where to; @param cap bytes of room there
 * @returns the argument's whole length in bytes, of which at most cap were copied, or E_NOT_FOUND past the last one
 */
export declare function argv(index: i32, ptr: usize, cap: usize): i32;

/**
 * Fills memory with the host's randomness: a seed. The generator on top of it is the guest's.
 * @param ptr where to; @param cap bytes wanted
 * @returns the number of bytes given: min(cap, RANDOM_MAX)
 */
export declare function random(ptr: usize, cap: usize): i32;

/** Time on `now`'s clock, read afresh: for measuring inside a step. Protocols use the time that `step` was given. */
export declare function clock_monotonic(): u64;

/**
 * Attaches a network device to a ring, whose header says where its descriptors are.
 * @param name address of the device's name in UTF-8; @param nameLen its length in bytes
 * @param ring address of the header (NET_HEADER_SIZE bytes, RING_ALIGN aligned), which stays where it is
 * @returns OK, E_NOT_FOUND, E_ALREADY or E_TOO_LATE
 */
export declare function net_attach(name: usize, nameLen: usize, ring: usize): i32;

/**
 * Attaches a block device to a queue, whose header says where its request and completion rings are.
 * @param name address of the device's name in UTF-8; @param nameLen its length in bytes
 * @param queue address of the header (BLOCK_HEADER_SIZE bytes, RING_ALIGN aligned), which stays where it is
 * @returns OK, E_NOT_FOUND, E_ALREADY or E_TOO_LATE
 */
export declare function block_attach(name: usize, nameLen: usize, queue: usize): i32;

/** Most bytes that one console_write takes. */
export const CONSOLE_MAX: u32 = 65536;
/** Most bytes that one call of random gives. */
export const RANDOM_MAX: u32 = 256;
/** Longest device or argument name in bytes. */
export const NAME_MAX: u32 = 64;
/** Alignment of ring headers and of rings, in bytes. */
export const RING_ALIGN: u32 = 8;
/** Most entries of a ring. A ring's length is a power of two; its indices are free-running u32. */
export const RING_MAX: u32 = 4096;

// ---- Network rings -------------------------------------------------------------------------------------------------
//
// Header: NET_HEADER_SIZE bytes. G: the guest writes before net_attach and never again; g: the guest writes at any
// time; T: the tender writes at net_attach; t: the tender writes between steps.
//
//        0           4           8          12
//    0  |G rx ring  |G rx size  |G tx ring  |G tx size  |
//   16  |g rx posted|t rx filled|g tx posted|t tx taken |
//   32  |T mac (6 bytes)  |T mtu|GT features|t link     |
//   48  |  reserved, zero                               |
//
// Receive: the guest posts empty buffers (rx posted counts them), the tender fills them in order (rx filled counts
// them). A frame that needs several buffers fills all but its last, has DESC_NEXT in `done` of these, and is counted whole.
// A buffer belongs to the tender from its posting until it is counted in rx filled. With no buffer posted the tender leaves
// frames to the host; where NET_F_RX_TSO4, TSO6 or USO was agreed on, with less posted than NET_FRAME_MAX bytes.
//
// Transmit: the guest posts frames (tx posted), the tender sends them in order and counts them in tx taken. A frame of
// several pieces has DESC_NEXT in `flags` of all but its last piece, and is published whole. A buffer belongs to the
// tender until it is counted in tx taken.
//
// Each frame begins with a virtio_net_hdr (VNET_HDR_SIZE bytes, without num_buffers), then the Ethernet frame without
// its check sequence. `mtu` counts what follows the Ethernet header. The first piece of a transmitted frame holds the
// whole virtio_net_hdr, and each receive buffer has room for one.

export const NET_HEADER_SIZE: usize = 64;
export const NET_RX_RING: usize = 0;
export const NET_RX_SIZE: usize = 4;
export const NET_TX_RING: usize = 8;
export const NET_TX_SIZE: usize = 12;
export const NET_RX_POSTED: usize = 16;
export const NET_RX_FILLED: usize = 20;
export const NET_TX_POSTED: usize = 24;
export const NET_TX_TAKEN: usize = 28;
export const NET_MAC: usize = 32;
export const NET_MTU: usize = 38;
export const NET_FEATURES: usize = 40;
export const NET_LINK: usize = 44;

// Descriptor, in receive and transmit rings: DESC_SIZE bytes. The tender reads it once.
//
//        0           4           8          12
//    0  |address    |length     |flags      |done       |
//
// length: the buffer's room (receive) or the piece's bytes (transmit). flags: transmit only. done: receive only,
// written by the tender: the bytes filled, with DESC_NEXT in the top bit where the frame goes on.

export const DESC_SIZE: usize = 16;
export const DESC_ADDRESS: usize = 0;
export const DESC_LENGTH: usize = 4;
export const DESC_FLAGS: usize = 8;
export const DESC_DONE: usize = 12;
/** The frame goes on in the next descriptor. */
export const DESC_NEXT: u32 = 0x80000000;
/** Most pieces of one transmitted frame. */
export const NET_PIECES_MAX: u32 = 20;
/** Most receive buffers of one received frame: the largest in buffers of 2 KiB, and some to spare. */
export const NET_BUFFERS_MAX: u32 = 40;
/** Most bytes of one frame with its virtio_net_hdr: 64 KiB coalesced, plus headers. */
export const NET_FRAME_MAX: u32 = 65664;

/** Bytes of the virtio_net_hdr before each frame: flags u8, gso_type u8, hdr_len, gso_size, csum_start, csum_offset u16. */
export const VNET_HDR_SIZE: usize = 10;

// Features: the guest writes what it can use, the tender replaces that by what both can. The manifest names them
// before (`offload`), since the host is told at a time when no guest runs. A guest that attaches the device takes all of
// those to receive that its manifest names. TSO and USO are nothing without CSUM in the same direction.

/** The guest may send frames whose checksum is still to be filled in (VIRTIO_NET_HDR_F_NEEDS_CSUM). */
export const NET_F_TX_CSUM: u32 = 1;
/** The guest may send TCP over IPv4 segments larger than the MTU (VIRTIO_NET_HDR_GSO_TCPV4). */
export const NET_F_TX_TSO4: u32 = 2;
/** The same over IPv6. */
export const NET_F_TX_TSO6: u32 = 4;
/** The guest may send UDP datagrams to be segmented (VIRTIO_NET_HDR_GSO_UDP_L4). */
export const NET_F_TX_USO: u32 = 8;
/** The guest takes frames whose checksum was verified or is only partial. */
export const NET_F_RX_CSUM: u32 = 16;
/** The guest takes coalesced TCP over IPv4 segments. */
export const NET_F_RX_TSO4: u32 = 32;
/** The same over IPv6. */
export const NET_F_RX_TSO6: u32 = 64;
/** The guest takes UDP datagrams of one size that are still to be segmented. */
export const NET_F_RX_USO: u32 = 128;
/** All of them. */
export const NET_F_ALL: u32 = 255;

// ---- Block queues --------------------------------------------------------------------------------------------------
//
// Header: BLOCK_HEADER_SIZE bytes. Letters as above.
//
//        0           4           8          12
//    0  |G requests |G completio|G size     |T flags    |
//   16  |g submitted|t taken    |t completed|g reaped   |
//   32  |T capacity in bytes (u64)|T block sz|  reserved |
//   48  |  reserved, zero                               |
//
// Both rings have `size` entries. The tender takes a request only while fewer than `size` are taken and not reaped, so
// the completion ring cannot overflow. Completions may come in any order. A flush makes durable what was completed
// before it was submitted; requests that overlap in time are unordered. Buffers belong to the tender until completion.

export const BLOCK_HEADER_SIZE: usize = 64;
export const BLOCK_REQUESTS: usize = 0;
export const BLOCK_COMPLETIONS: usize = 4;
export const BLOCK_SIZE: usize = 8;
export const BLOCK_FLAGS: usize = 12;
export const BLOCK_SUBMITTED: usize = 16;
export const BLOCK_TAKEN: usize = 20;
export const BLOCK_COMPLETED: usize = 24;
export const BLOCK_REAPED: usize = 28;
export const BLOCK_CAPACITY: usize = 32;
export const BLOCK_BLOCK_SIZE: usize = 40;

/** The device refuses writes. */
export const BLOCK_F_READ_ONLY: u32 = 1;
/** The device takes BLOCK_OP_DISCARD. */
export const BLOCK_F_DISCARD: u32 = 2;

// Request: BLOCK_REQUEST_SIZE bytes. The tender reads it, and its segments, once.
//
//        0           4           8          12
//    0  |operation  |token      |byte offset (u64)      |
//   16  |segments   |count      |byte length (u64)      |
//
// segments: address of `count` pairs {address u32, length u32} (SEGMENT_SIZE bytes each). The byte length of a read or
// write is the sum of its segments'; the field itself is for discard only. The offset and each length, of every segment
// too, are multiples of the block size.

export const BLOCK_REQUEST_SIZE: usize = 32;
export const BLOCK_REQUEST_OP: usize = 0;
export const BLOCK_REQUEST_TOKEN: usize = 4;
export const BLOCK_REQUEST_OFFSET: usize = 8;
export const BLOCK_REQUEST_SEGMENTS: usize = 16;
export const BLOCK_REQUEST_COUNT: usize = 20;
export const BLOCK_REQUEST_LENGTH: usize = 24;

export const BLOCK_OP_READ: u32 = 1;
export const BLOCK_OP_WRITE: u32 = 2;
export const BLOCK_OP_FLUSH: u32 = 3;
export const BLOCK_OP_DISCARD: u32 = 4;

export const SEGMENT_SIZE: usize = 8;
export const SEGMENT_ADDRESS: usize = 0;
export const SEGMENT_LENGTH: usize = 4;
/** Most segments of one request. */
export const SEGMENTS_MAX: u32 = 64;

// Completion: COMPLETION_SIZE bytes.
//
//        0           4
//    0  |token      |status     |       status: OK or one of the codes above

export const COMPLETION_SIZE: usize = 8;
export const COMPLETION_TOKEN: usize = 0;
export const COMPLETION_STATUS: usize = 4;
