/*
 * Memory that the tender keeps until its end, which does not come here. Link with --wrap= of the functions below, so that
 * the tender takes its memory from memory.c.
 */
#ifndef FATA_FUZZ_MEMORY_H
#define FATA_FUZZ_MEMORY_H

#include <stddef.h>

/* Gives back all that was taken since the last time. */
void release_memory(void);

/* The C library's own. */
void *__real_malloc(size_t size), *__real_calloc(size_t count, size_t size), *__real_realloc(void *block, size_t size);
char *__real_strndup(const char *text, size_t length), *__real_strdup(const char *text);
void __real_free(void *block);

void *__wrap_malloc(size_t size), *__wrap_calloc(size_t count, size_t size), *__wrap_realloc(void *block, size_t size);
char *__wrap_strndup(const char *text, size_t length), *__wrap_strdup(const char *text);
void __wrap_free(void *block);

#endif
