/* The native ABI, version 2: what a native image and the tender that loads it agree on (docs/native-abi.md). */
#ifndef FATA_NATIVE_ABI_H
#define FATA_NATIVE_ABI_H

#include <stdint.h>

#define FATA_NATIVE_VERSION 3u

/* The table of hypercalls, filled by the tender, read-only to the image. */
#define FATA_NATIVE_TABLE 0x00100000ull
#define FATA_NATIVE_TABLE_MAGIC 0x54414e46u /* "FNAT" */

/* All segments of the image lie here. */
#define FATA_NATIVE_IMAGE 0x00200000ull
#define FATA_NATIVE_IMAGE_END 0x0ff00000ull
#define FATA_NATIVE_SEGMENT_ALIGN 0x10000ull

/* Linear memory. A wasm address and a constant offset, 32 bits each, and the widest access reach no further. */
#define FATA_NATIVE_MEMORY 0x1000000000ull
#define FATA_NATIVE_MEMORY_RESERVED 0x200010000ull

/* The stack of the image's functions, with an inaccessible page below it. */
#define FATA_NATIVE_STACK_SIZE 0x100000ull

/* Arguments that are addresses or lengths count in linear memory and are not checked by the image. */
struct fata_native_table {
  uint32_t magic, version;
  void (*exit)(int32_t status);
  void (*console_write)(uint32_t ptr, uint32_t len);
  int32_t (*argv)(int32_t index, uint32_t ptr, uint32_t cap);
  int32_t (*random)(uint32_t ptr, uint32_t cap);
  uint64_t (*clock_monotonic)(void);
  int32_t (*net_attach)(uint32_t name, uint32_t name_len, uint32_t ring);
  int32_t (*block_attach)(uint32_t name, uint32_t name_len, uint32_t queue);
  /* Makes linear memory larger by so many zeroed pages of 64 KiB. Returns the pages before, or UINT32_MAX. */
  uint32_t (*memory_grow)(uint32_t pages);
  /* Ends the image: one of FATA_TRAP_*. Does not return. */
  void (*trap)(uint32_t code);
};

/* e_entry of the image is the address of this. */
#define FATA_NATIVE_ENTRY_MAGIC 0x58454e46u /* "FNEX" */
struct fata_native_entry {
  uint32_t magic, version;
  /* Called once, before start: sets globals and copies data segments. */
  void (*init)(void);
  uint64_t (*start)(uint64_t now, uint64_t wall);
  uint64_t (*step)(uint64_t now, uint64_t wall);
  void (*event)(int32_t kind);
};

/* Why an image trapped. */
#define FATA_TRAP_OUT_OF_BOUNDS 1u
#define FATA_TRAP_DIVIDE_OVERFLOW 2u
#define FATA_TRAP_DIVIDE_BY_ZERO 3u
#define FATA_TRAP_INVALID_CONVERSION 4u
#define FATA_TRAP_UNREACHABLE 5u
#define FATA_TRAP_INDIRECT_CALL 6u
#define FATA_TRAP_TABLE_INDEX 7u
#define FATA_TRAP_REMAINDER_BY_ZERO 8u
#define FATA_TRAP_STACK_EXHAUSTED 10u

#endif
