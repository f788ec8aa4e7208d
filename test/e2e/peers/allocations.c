/*
 * Counts the allocations of Node's tender, loaded before it (LD_PRELOAD): those of its native core (tender.node), by
 * any thread, and all of the main thread, which steps the guest. The two counts, 64 bits each, stand in the file that
 * the variable ALLOCATIONS names, as they are now.
 *
 * So that this can be tested, with the variable WASTE each read allocates, which counts as the core's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define CORE "/tender.node"

/* glibc's own, under the names that it has for such as us. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static uint64_t until_ready[2];
static uint64_t *counts = until_ready;
static uintptr_t core_begin, core_end;
static bool waste;
static _Thread_local bool is_main __attribute__((tls_model("initial-exec")));

static void count(const void *caller) {
  uintptr_t at = (uintptr_t)caller;
  if ((at >= core_begin && at < core_end)) __atomic_add_fetch(&counts[0], 1, __ATOMIC_RELAXED);
  if (is_main) __atomic_add_fetch(&counts[1], 1, __ATOMIC_RELAXED);
}

#define COUNT count(__builtin_return_address(0))

void *malloc(size_t size) {
  COUNT;
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  COUNT;
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  COUNT;
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  COUNT;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  COUNT;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
  COUNT;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : 12;
}

static void *real(const char *name) {
  return dlsym(RTLD_NEXT, name);
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  static void *(*next)(void *, size_t, int, int, int, off_t);
  if (!next) next = real("mmap");
  COUNT;
  return next(at, length, protection, flags, fd, offset);
}

/* Allocates what nobody needs, for a caller. */
static void allocate(const void *caller) {
  count(caller);
  free(__libc_malloc(16));
}

ssize_t read(int fd, void *buffer, size_t length) {
  static ssize_t (*next)(int, void *, size_t);
  if (!next) next = real("read");
  if (waste) allocate(__builtin_return_address(0));
  return next(fd, buffer, length);
}

ssize_t readv(int fd, const struct iovec *pieces, int number) {
  static ssize_t (*next)(int, const struct iovec *, int);
  if (!next) next = real("readv");
  if (waste) allocate(__builtin_return_address(0));
  return next(fd, pieces, number);
}

/* Notes where a library lies, if it is the one. */
static int find(struct dl_phdr_info *info, size_t size, void *wanted) {
  const char *end = strrchr(info->dlpi_name, '/');
  (void)size;
  if (!end || strcmp(end, wanted) != 0) return 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t begin = info->dlpi_addr + part->p_vaddr;
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    core_begin = begin;
    core_end = begin + part->p_memsz;
  }
  return 1;
}

void *dlopen(const char *name, int flags) {
  static void *(*next)(const char *, int);
  if (!next) next = real("dlopen");
  void *library = next(name, flags);
  if (!core_begin) dl_iterate_phdr(find, CORE);
  return library;
}

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("ALLOCATIONS");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof until_ready, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) return;
  close(fd);
  counts = shared;
  is_main = true;
  waste = getenv("WASTE") != NULL;
}
