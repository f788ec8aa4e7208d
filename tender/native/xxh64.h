/* XXH64 (Y. Collet, "xxHash fast digest algorithm", 2016) with seed 0: whether a native section belongs to its wasm. */
#ifndef FATA_XXH64_H
#define FATA_XXH64_H

#include <stddef.h>
#include <stdint.h>

uint64_t xxh64(const void *bytes, size_t length);

#endif
