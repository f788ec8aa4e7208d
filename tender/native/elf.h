/*
 * The native section of an image (docs/native-abi.md): a hash of the wasm that it was made from, then an ELF file. All of
 * it is hostile until this file has checked it; afterwards its code runs with what the sandbox leaves it.
 */
#ifndef FATA_ELF_H
#define FATA_ELF_H

#include "../../runtime/abi/native-abi.h"
#include "wasm.h"

#if defined(__x86_64__)
#define NATIVE_ARCHITECTURE "x86_64"
#elif defined(__aarch64__)
#define NATIVE_ARCHITECTURE "aarch64"
#endif

#define NATIVE_PREFIX "native."
#define NATIVE_SECTION NATIVE_PREFIX NATIVE_ARCHITECTURE

/* Code, constants, data. */
#define NATIVE_SEGMENTS_MAX 8

struct native_segment {
  uint64_t address, memory_size;
  struct span content;
  /* As in ELF: PF_R, PF_W, PF_X. */
  uint32_t flags;
};

struct native_image {
  struct native_segment segments[NATIVE_SEGMENTS_MAX];
  size_t segment_count;
  struct fata_native_entry entry;
  /* The names of functions, which may be missing: symbols, and the strings that they name, which end with a zero. */
  struct span symbols, strings;
};

/*
 * Finds and checks this architecture's native section. `file`: the whole image, whose outline is `w`.
 * Returns 0, or -1 with what is wrong told.
 */
int native_read(struct native_image *image, const struct wasm *w, struct span file, struct failure *failure);

/* Whether an address lies in the image's code. */
bool native_is_code(const struct native_image *image, uint64_t address);

/* The name of the function at an address, or NULL. */
const char *native_function(const struct native_image *image, uint64_t address);

#endif
