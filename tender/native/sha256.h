/* SHA-256 (FIPS 180-4): whether a native section belongs to its wasm. */
#ifndef FATA_SHA256_H
#define FATA_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

void sha256(const void *bytes, size_t length, uint8_t digest[SHA256_SIZE]);

#endif
