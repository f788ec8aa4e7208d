/*
 * tender/native/arena.c, whose functions the compiler is told to call arena_malloc and so on: random blocks, each filled
 * with bytes of its own, which nothing but the block's owner changes.
 *
 *     arena SEED ROUNDS
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *arena_malloc(size_t size);
void *arena_calloc(size_t count, size_t size);
void *arena_realloc(void *block, size_t size);
void arena_free(void *block);

#define BLOCKS 64

static struct {
  unsigned char *at;
  size_t size;
  unsigned char fill;
} blocks[BLOCKS];

static void check(int good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s\n", what);
  abort();
}

static void check_fill(const unsigned char *at, size_t size, unsigned char fill, const char *what) {
  for (size_t i = 0; i < size; i++) check(at[i] == fill, what);
}

/* Mostly small, at times larger than a chunk. */
static size_t any_size(void) {
  return (size_t)rand() % (rand() % 50 == 0 ? 200000 : 300);
}

static void change(unsigned i) {
  size_t size = any_size();
  unsigned char *at;
  switch (rand() % 4) {
    case 0:
      arena_free(blocks[i].at);
      at = arena_malloc(size);
      break;
    case 1:
      arena_free(blocks[i].at);
      at = arena_calloc(size, 1);
      check_fill(at, size, 0, "calloc gives zeros");
      break;
    case 2:
      at = arena_realloc(blocks[i].at, size);
      check_fill(at, size < blocks[i].size ? size : blocks[i].size, blocks[i].fill, "realloc keeps the bytes");
      break;
    default:
      arena_free(blocks[i].at);
      blocks[i].at = NULL;
      blocks[i].size = 0;
      return;
  }
  check(at && (uintptr_t)at % 16 == 0, "a block is aligned");
  blocks[i].at = at;
  blocks[i].size = size;
  memset(at, blocks[i].fill = (unsigned char)rand(), size);
}

/* No size is so large that it becomes a small one. */
static void check_refusals(void) {
  static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 16, PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, 1ull << 60};
  void *block = arena_malloc(8);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    errno = 0;
    check(!arena_malloc(sizes[i]) && errno == ENOMEM, "malloc refuses");
    check(!arena_calloc(sizes[i], 1), "calloc refuses");
    check(!arena_realloc(block, sizes[i]), "realloc refuses");
  }
  check(!arena_calloc(1ull << 32, 1ull << 32), "calloc of a product that is too large");
}

int main(int count, char **words) {
  if (count != 3) return 1;
  srand((unsigned)atoi(words[1]));
  check_refusals();
  for (int i = atoi(words[2]); i > 0; i--) {
    change((unsigned)rand() % BLOCKS);
    unsigned k = (unsigned)rand() % BLOCKS;
    check_fill(blocks[k].at, blocks[k].size, blocks[k].fill, "a block keeps its bytes");
  }
  check_refusals();
  /* A list that grows at the end stays where it is. */
  char *list = arena_malloc(1);
  for (size_t size = 2; size < 1000; size++) check(arena_realloc(list, size) == list || size > 999, "grows in place");
  return 0;
}
