#include "memory.h"

static void *taken[1 << 16];
static size_t taken_count;

static void *keep(void *block) {
  if (block && taken_count < sizeof taken / sizeof *taken) taken[taken_count++] = block;
  return block;
}

static void forget(const void *block) {
  for (size_t i = taken_count; block && i-- > 0;) {
    if (taken[i] != block) continue;
    taken[i] = taken[--taken_count];
    return;
  }
}

void *__wrap_malloc(size_t size) { return keep(__real_malloc(size)); }
void *__wrap_calloc(size_t count, size_t size) { return keep(__real_calloc(count, size)); }
char *__wrap_strndup(const char *text, size_t length) { return keep(__real_strndup(text, length)); }
char *__wrap_strdup(const char *text) { return keep(__real_strdup(text)); }
void *__wrap_realloc(void *block, size_t size) {
  forget(block);
  return keep(__real_realloc(block, size));
}
void __wrap_free(void *block) {
  forget(block);
  __real_free(block);
}

void release_memory(void) {
  while (taken_count > 0) __real_free(taken[--taken_count]);
}
