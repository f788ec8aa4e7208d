/**
 * How a read-write store (rw/store.ts) lies on its disk, version 1. docs/storage-format.md tells the whole story.
 *
 * This file is the only definition: the image is compiled with it, and `fata kv` reads disks with it. It uses the subset
 * of the language that asc and tsc share, as runtime/abi/tender.ts does. All numbers are little-endian.
 *
 *     | superblock 0 | superblock 1 | segment 0 | segment 1 | ... | segment n - 1 |
 *     0            4096           8192
 *
 * A segment holds frames one after the other, each at a multiple of the disk's block. Frames of the log say what was changed, in
 * the order in which it was; frames of a checkpoint say what was there. Each names the place of the next one.
 */

/** The version of the format. A store of another one is refused. */
export const KV_VERSION: u32 = 1;
/** The largest block that a disk may have: the superblocks lie as far apart, so that none is written with the other. */
export const KV_BLOCK_MAX: u32 = 4096;
/** Where segment 0 begins. */
export const KV_SEGMENTS: u32 = 8192;
/** Fewest and most bytes of a segment; a power of two. */
export const KV_SEGMENT_MIN: u32 = 8192;
export const KV_SEGMENT_MAX: u32 = 4194304;
/** So many bytes at the beginning, and at the end, of an empty disk are zero: there partition tables and file systems lie. */
export const KV_LOOKED_AT: u32 = 1048576;
/** Fewest segments of a store. */
export const KV_SEGMENTS_MIN: u32 = 12;
/** Most bytes of a piece of a value. It is shorter where segments are: a sixteenth of one. */
export const KV_CHUNK_MAX: u32 = 32768;
/** Most bytes of a frame; a segment may be shorter. */
export const KV_FRAME_MAX: u32 = 131072;
/** Most bytes of one part of a key. */
export const KV_NAME_MAX: u32 = 255;
/** The dictionary of all: the node with this number is always there. */
export const KV_ROOT: u32 = 1;
/** The first argument of the checksum, CRC-32C (Castagnoli, as iSCSI has it, RFC 3720), bits reversed. */
export const KV_POLYNOMIAL: u32 = 0x82f63b78;

// ---- Superblock ----------------------------------------------------------------------------------------------------
//
//        0           4           8          12
//    0  |magic "FATA-KV\n"       |version    |checksum   |
//   16  |generation              |epoch      |segment    |
//   32  |bytes of the store      |segments   |chunk      |
//   48  |checkpoint              |log                     |
//   64  |sequence of the log     |chain      |durable    |
//
// checksum: over the SUPER_SIZE bytes with 0 in its own place. generation: the valid superblock with the greater one counts;
// they are written by turns. epoch: how often the store was opened and then written to. segment, chunk: bytes of each.
// checkpoint: address of its first frame, 0 when there is none. log: address of the first frame after the checkpoint was
// begun, with its sequence and chain. durable: so many frames of the log, from that one on, were durable before the superblock
// was written: a log that ends before them is damaged. 0 says nothing, as in stores that were written before there was this.

export const SUPER_SIZE: usize = 80;
export const SUPER_VERSION: usize = 8;
export const SUPER_CHECKSUM: usize = 12;
export const SUPER_GENERATION: usize = 16;
export const SUPER_EPOCH: usize = 24;
export const SUPER_SEGMENT: usize = 28;
export const SUPER_BYTES: usize = 32;
export const SUPER_SEGMENTS: usize = 40;
export const SUPER_CHUNK: usize = 44;
export const SUPER_CHECKPOINT: usize = 48;
export const SUPER_LOG: usize = 56;
export const SUPER_SEQUENCE: usize = 64;
export const SUPER_CHAIN: usize = 72;
export const SUPER_DURABLE: usize = 76;
/** "FATA" and "-KV\n". */
export const MAGIC_LOW: u32 = 0x41544146;
export const MAGIC_HIGH: u32 = 0x0a564b2d;

// ---- Frame ---------------------------------------------------------------------------------------------------------
//
//        0           4           8          12
//    0  |magic      |checksum   |sequence                |
//   16  |chain      |epoch      |next                    |
//   32  |data       |statements |flags      |reserved   |
//   48  data bytes, then statements bytes, then zeros up to a multiple of the disk's block
//
// checksum: over the header, with 0 in its own place, and the statements: what lies in the data is covered by the checksums
// that statements give. sequence: one more than that of the frame before; 0 for a checkpoint's first. chain: the checksum of
// the frame before. epoch: that of the superblock when it was written; in a checkpoint the low half of the generation whose
// superblock names it. next: address of the next frame. data, statements: bytes of each.

export const FRAME_HEADER: usize = 48;
export const FRAME_CHECKSUM: usize = 4;
export const FRAME_SEQUENCE: usize = 8;
export const FRAME_CHAIN: usize = 16;
export const FRAME_EPOCH: usize = 20;
export const FRAME_NEXT: usize = 24;
export const FRAME_DATA: usize = 32;
export const FRAME_STATEMENTS: usize = 36;
export const FRAME_FLAGS: usize = 40;
/** "FRAM" */
export const FRAME_MAGIC: u32 = 0x4d415246;
/** What this frame says counts only with the next one. */
export const FRAME_MORE: u32 = 1;
/** It belongs to a checkpoint. 2 is in frames that older code has written, and says nothing. */
export const FRAME_CHECKPOINT: u32 = 4;
/** It is the last one of its checkpoint. */
export const FRAME_LAST: u32 = 8;

// ---- Statements ----------------------------------------------------------------------------------------------------
//
// One after the other, without gaps. Each replaces all that was said of the same thing before.
//
// Dictionary: the node `id` is one.
//        0    1    2      4           8          12
//    0  |kind|0   |length|id         |parent     |name, length bytes
//
// Value: the node `id` is one of `size` bytes, whose first chunk is at `address` (which has length 0 when size is 0).
//        0    1    2      4           8          12
//    0  |kind|0   |length|id         |parent     |checksum   |
//   16  |size                    |modified, ns since 1970 |
//   32  |address                 |name, length bytes
//
// Chunks: `count` further chunks of the value `id`, from number `first` on.
//        0    1    2      4           8
//    0  |kind|0   |count |id         |first      |count times: address (8 bytes), checksum (4 bytes)
//
// Gone: there is no node `id`.
//        0    1    2      4
//    0  |kind|0   |0     |id         |
//
// Data: what lies in this frame's data at `address`, `length` bytes, has this checksum.
//        0    1    2      4           8          12
//    0  |kind|0   |0     |length     |checksum   |address                 |

export const STATEMENT_DICTIONARY: u32 = 1;
export const STATEMENT_VALUE: u32 = 2;
export const STATEMENT_CHUNKS: u32 = 3;
export const STATEMENT_GONE: u32 = 4;
export const STATEMENT_DATA: u32 = 5;
/** Offsets that several have in common: the length of the name or the number of chunks, and the node. */
export const STATEMENT_COUNT: usize = 2;
export const STATEMENT_ID: usize = 4;
export const STATEMENT_PARENT: usize = 8;
export const DICTIONARY_SIZE: usize = 12;
export const VALUE_CHECKSUM: usize = 12;
export const VALUE_BYTES: usize = 16;
export const VALUE_MODIFIED: usize = 24;
export const VALUE_ADDRESS: usize = 32;
export const VALUE_SIZE: usize = 40;
export const CHUNKS_FIRST: usize = 8;
export const CHUNKS_SIZE: usize = 12;
export const CHUNK_ADDRESS: usize = 0;
export const CHUNK_CHECKSUM: usize = 8;
export const CHUNK_SIZE: usize = 12;
export const GONE_SIZE: usize = 8;
export const DATA_LENGTH: usize = 4;
export const DATA_CHECKSUM: usize = 8;
export const DATA_ADDRESS: usize = 12;
export const DATA_SIZE: usize = 20;
