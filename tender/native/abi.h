/* Generated from runtime/abi/tender.ts by tools/abi.ts. Do not edit; run: npm run abi
 *
 * Constants carry the prefix FATA_, functions fata_; the comments are the definition's own and name them without. */
#ifndef FATA_ABI_H
#define FATA_ABI_H

#include <stdint.h>

/* The tender's state of one running image. */
struct fata_guest;

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
#define FATA_ABI_VERSION 1

// ---- Results -------------------------------------------------------------------------------------------------------
// -1 to -63 are the tender's; the guest's own codes (runtime/base/result.ts) lie below.

/** Success. */
#define FATA_OK 0

/** There is no such argument, or the manifest declares no such device. */
#define FATA_E_NOT_FOUND (-1)

/** The request is malformed: a length or offset that is not a multiple of the block size, an unknown operation. */
#define FATA_E_INVALID (-2)

/** The device is attached already. */
#define FATA_E_ALREADY (-3)

/** Devices are attached inside `start` only. */
#define FATA_E_TOO_LATE (-4)

/** The request reaches past the end of the device. Nothing was transferred. */
#define FATA_E_RANGE (-5)

/** The device is read-only. */
#define FATA_E_READ_ONLY (-6)

/** The host failed to read or write. */
#define FATA_E_IO (-7)

/** The host has no space left. */
#define FATA_E_NO_SPACE (-8)

/** This device cannot do this operation. */
#define FATA_E_UNSUPPORTED (-9)

// ---- Events --------------------------------------------------------------------------------------------------------

/** SIGTERM or SIGINT: end soon; after the grace time, or on a second signal, the tender ends the guest. */
#define FATA_EVENT_STOP 1

/** SIGUSR1: the image's own business, by custom a line of statistics. */
#define FATA_EVENT_USER 2

/** A network device's link went up or down: read NET_LINK of each ring. */
#define FATA_EVENT_LINK 3

/** The image was restored from a snapshot: take a new seed before the next random byte. */
#define FATA_EVENT_RESTORED 4

// ---- Exports of an image -------------------------------------------------------------------------------------------

/**
 * The functions that an image exports. `start` and `step` return the deadline of the next call on `now`'s clock: 0, work
 * is left (call again after a non-blocking I/O pass); the greatest u64, only I/O can wake the guest. Between two calls
 * the wasm stack is empty.
 */
/** Called once; devices are attached here and nowhere else. */
// export: uint64_t start(uint64_t now, uint64_t wall)
/** Called again and again; does a bounded amount of work. */
// export: uint64_t step(uint64_t now, uint64_t wall)
/** Records an event (EVENT_*) for the next step. */
// export: void event(int32_t kind)

// ---- Hypercalls ----------------------------------------------------------------------------------------------------

/**
 * Ends the image. Frames in transmit rings are sent, submitted block requests are completed, then the tender leaves
 * with this status. Does not return.
 * @param status the process's exit status, 0 to 255; any other becomes 255
 */
void fata_exit(struct fata_guest *guest, int32_t status);

/**
 * Writes bytes to the console (the tender's standard output).
 * @param ptr address of the bytes; @param len how many, at most CONSOLE_MAX
 */
void fata_console_write(struct fata_guest *guest, uint32_t ptr, uint32_t len);

/**
 * Copies one image argument, `--name=value` in UTF-8, without a terminating zero.
 * @param index 0 for the first argument
 * @param ptr where to; @param cap bytes of room there
 * @returns the argument's whole length in bytes, of which at most cap were copied, or E_NOT_FOUND past the last one
 */
int32_t fata_argv(struct fata_guest *guest, int32_t index, uint32_t ptr, uint32_t cap);

/**
 * Fills memory with the host's randomness: a seed. The generator on top of it is the guest's.
 * @param ptr where to; @param cap bytes wanted
 * @returns the number of bytes given: min(cap, RANDOM_MAX)
 */
int32_t fata_random(struct fata_guest *guest, uint32_t ptr, uint32_t cap);

/** Time on `now`'s clock, read afresh: for measuring inside a step. Protocols use the time that `step` was given. */
uint64_t fata_clock_monotonic(struct fata_guest *guest);

/**
 * Attaches a network device to a ring, whose header says where its descriptors are.
 * @param name address of the device's name in UTF-8; @param nameLen its length in bytes
 * @param ring address of the header (NET_HEADER_SIZE bytes, RING_ALIGN aligned), which stays where it is
 * @returns OK, E_NOT_FOUND, E_ALREADY or E_TOO_LATE
 */
int32_t fata_net_attach(struct fata_guest *guest, uint32_t name, uint32_t nameLen, uint32_t ring);

/**
 * Attaches a block device to a queue, whose header says where its request and completion rings are.
 * @param name address of the device's name in UTF-8; @param nameLen its length in bytes
 * @param queue address of the header (BLOCK_HEADER_SIZE bytes, RING_ALIGN aligned), which stays where it is
 * @returns OK, E_NOT_FOUND, E_ALREADY or E_TOO_LATE
 */
int32_t fata_block_attach(struct fata_guest *guest, uint32_t name, uint32_t nameLen, uint32_t queue);

/** Most bytes that one console_write takes. */
#define FATA_CONSOLE_MAX 65536u

/** Most bytes that one call of random gives. */
#define FATA_RANDOM_MAX 256u

/** Longest device or argument name in bytes. */
#define FATA_NAME_MAX 64u

/** Alignment of ring headers and of rings, in bytes. */
#define FATA_RING_ALIGN 8u

/** Most entries of a ring. A ring's length is a power of two; its indices are free-running u32. */
#define FATA_RING_MAX 4096u

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
#define FATA_NET_HEADER_SIZE 64u
#define FATA_NET_RX_RING 0u
#define FATA_NET_RX_SIZE 4u
#define FATA_NET_TX_RING 8u
#define FATA_NET_TX_SIZE 12u
#define FATA_NET_RX_POSTED 16u
#define FATA_NET_RX_FILLED 20u
#define FATA_NET_TX_POSTED 24u
#define FATA_NET_TX_TAKEN 28u
#define FATA_NET_MAC 32u
#define FATA_NET_MTU 38u
#define FATA_NET_FEATURES 40u
#define FATA_NET_LINK 44u

// Descriptor, in receive and transmit rings: DESC_SIZE bytes. The tender reads it once.
//
//        0           4           8          12
//    0  |address    |length     |flags      |done       |
//
// length: the buffer's room (receive) or the piece's bytes (transmit). flags: transmit only. done: receive only,
// written by the tender: the bytes filled, with DESC_NEXT in the top bit where the frame goes on.
#define FATA_DESC_SIZE 16u
#define FATA_DESC_ADDRESS 0u
#define FATA_DESC_LENGTH 4u
#define FATA_DESC_FLAGS 8u
#define FATA_DESC_DONE 12u

/** The frame goes on in the next descriptor. */
#define FATA_DESC_NEXT 0x80000000u

/** Most pieces of one transmitted frame. */
#define FATA_NET_PIECES_MAX 20u

/** Most receive buffers of one received frame: the largest in buffers of 2 KiB, and some to spare. */
#define FATA_NET_BUFFERS_MAX 40u

/** Most bytes of one frame with its virtio_net_hdr: 64 KiB coalesced, plus headers. */
#define FATA_NET_FRAME_MAX 65664u

/** Bytes of the virtio_net_hdr before each frame: flags u8, gso_type u8, hdr_len, gso_size, csum_start, csum_offset u16. */
#define FATA_VNET_HDR_SIZE 10u

// Features: the guest writes what it can use, the tender replaces that by what both can. The manifest names them
// before (`offload`), since the host is told at a time when no guest runs. A guest that attaches the device takes all of
// those to receive that its manifest names. TSO and USO are nothing without CSUM in the same direction.

/** The guest may send frames whose checksum is still to be filled in (VIRTIO_NET_HDR_F_NEEDS_CSUM). */
#define FATA_NET_F_TX_CSUM 1u

/** The guest may send TCP over IPv4 segments larger than the MTU (VIRTIO_NET_HDR_GSO_TCPV4). */
#define FATA_NET_F_TX_TSO4 2u

/** The same over IPv6. */
#define FATA_NET_F_TX_TSO6 4u

/** The guest may send UDP datagrams to be segmented (VIRTIO_NET_HDR_GSO_UDP_L4). */
#define FATA_NET_F_TX_USO 8u

/** The guest takes frames whose checksum was verified or is only partial. */
#define FATA_NET_F_RX_CSUM 16u

/** The guest takes coalesced TCP over IPv4 segments. */
#define FATA_NET_F_RX_TSO4 32u

/** The same over IPv6. */
#define FATA_NET_F_RX_TSO6 64u

/** The guest takes UDP datagrams of one size that are still to be segmented. */
#define FATA_NET_F_RX_USO 128u

/** All of them. */
#define FATA_NET_F_ALL 255u

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
#define FATA_BLOCK_HEADER_SIZE 64u
#define FATA_BLOCK_REQUESTS 0u
#define FATA_BLOCK_COMPLETIONS 4u
#define FATA_BLOCK_SIZE 8u
#define FATA_BLOCK_FLAGS 12u
#define FATA_BLOCK_SUBMITTED 16u
#define FATA_BLOCK_TAKEN 20u
#define FATA_BLOCK_COMPLETED 24u
#define FATA_BLOCK_REAPED 28u
#define FATA_BLOCK_CAPACITY 32u
#define FATA_BLOCK_BLOCK_SIZE 40u

/** The device refuses writes. */
#define FATA_BLOCK_F_READ_ONLY 1u

/** The device takes BLOCK_OP_DISCARD. */
#define FATA_BLOCK_F_DISCARD 2u

// Request: BLOCK_REQUEST_SIZE bytes. The tender reads it, and its segments, once.
//
//        0           4           8          12
//    0  |operation  |token      |byte offset (u64)      |
//   16  |segments   |count      |byte length (u64)      |
//
// segments: address of `count` pairs {address u32, length u32} (SEGMENT_SIZE bytes each). The byte length of a read or
// write is the sum of its segments'; the field itself is for discard only. The offset and each length, of every segment
// too, are multiples of the block size.
#define FATA_BLOCK_REQUEST_SIZE 32u
#define FATA_BLOCK_REQUEST_OP 0u
#define FATA_BLOCK_REQUEST_TOKEN 4u
#define FATA_BLOCK_REQUEST_OFFSET 8u
#define FATA_BLOCK_REQUEST_SEGMENTS 16u
#define FATA_BLOCK_REQUEST_COUNT 20u
#define FATA_BLOCK_REQUEST_LENGTH 24u
#define FATA_BLOCK_OP_READ 1u
#define FATA_BLOCK_OP_WRITE 2u
#define FATA_BLOCK_OP_FLUSH 3u
#define FATA_BLOCK_OP_DISCARD 4u
#define FATA_SEGMENT_SIZE 8u
#define FATA_SEGMENT_ADDRESS 0u
#define FATA_SEGMENT_LENGTH 4u

/** Most segments of one request. */
#define FATA_SEGMENTS_MAX 64u

// Completion: COMPLETION_SIZE bytes.
//
//        0           4
//    0  |token      |status     |       status: OK or one of the codes above
#define FATA_COMPLETION_SIZE 8u
#define FATA_COMPLETION_TOKEN 0u
#define FATA_COMPLETION_STATUS 4u

/* Every hypercall once: X(name, parameters, result), the types as letters: i for 32 bits, I for 64 bits. */
#define FATA_HYPERCALLS(X) \
  X(exit, "i", "") \
  X(console_write, "ii", "") \
  X(argv, "iii", "i") \
  X(random, "ii", "i") \
  X(clock_monotonic, "", "I") \
  X(net_attach, "iii", "i") \
  X(block_attach, "iii", "i")

#endif
