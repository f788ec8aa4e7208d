/* The functions of <string.h> that compilers and wasm2c call (memory.c). */
#ifndef FATA_STRING_H
#define FATA_STRING_H
#include <stddef.h>
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *left, const void *right, size_t length);
#endif
