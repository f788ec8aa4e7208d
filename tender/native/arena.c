/*
 * The memory that malloc gives in the native tender, in place of the C library's, which is 8 kB of program. The tender
 * takes memory while it starts and gives hardly any back: a block that is freed is used again only while it is the last
 * one, as is the place behind a block that grows. Not for several threads.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What malloc promises for any type. */
#define ALIGN 16

/* Taken from the kernel at a time, at least. */
#define CHUNK 65536

/* Stands before the bytes of a block. */
struct header {
  size_t size;
} __attribute__((aligned(ALIGN)));

/* Takes no room in the file, nor memory before it is touched. */
static char first[CHUNK] __attribute__((aligned(ALIGN)));
/* The free rest of the chunk, all zeros, and the block that ends where it begins, or NULL. */
static char *next = first, *end = first + sizeof first;
static struct header *last;

/* Room for `size` bytes, a multiple of ALIGN; PTRDIFF_MAX, of which there is never so much, where that is too large. */
static size_t room_for(size_t size) {
  return size > PTRDIFF_MAX - ALIGN ? PTRDIFF_MAX : (size + ALIGN - 1) / ALIGN * ALIGN;
}

static int take_chunk(size_t room) {
  size_t length = (room + CHUNK - 1) / CHUNK * CHUNK;
  char *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return -1;
  next = at;
  end = at + length;
  return 0;
}

void *malloc(size_t size) {
  size_t room = room_for(size) + sizeof *last;
  if (room > (size_t)(end - next) && (room > PTRDIFF_MAX || take_chunk(room) < 0)) {
    errno = ENOMEM;
    return NULL;
  }
  last = (struct header *)next;
  last->size = size;
  next += room;
  return last + 1;
}

void free(void *block) {
  if (!block || (struct header *)block - 1 != last) return;
  memset(last, 0, (size_t)(next - (char *)last));
  next = (char *)last;
  last = NULL;
}

void *realloc(void *block, size_t size) {
  if (!block) return malloc(size);
  struct header *header = (struct header *)block - 1;
  if (size <= header->size) return block;
  if (header == last && room_for(size) <= (size_t)(end - (char *)block)) {
    next = (char *)block + room_for(size);
    header->size = size;
    return block;
  }
  void *larger = malloc(size);
  if (larger) memcpy(larger, block, header->size);
  return larger;
}

void *calloc(size_t count, size_t size) {
  size_t total;
  return malloc(__builtin_mul_overflow(count, size, &total) ? SIZE_MAX : total);
}
