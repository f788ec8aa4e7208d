#define _GNU_SOURCE
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"

/* Most entries of the guest's table of functions. */
#define TABLE_MAX 65536u

/* Room for a file whose size is not known, such as a pipe. */
#define FIRST_ROOM 65536u

/* Longest image: /dev/zero must not take all of the host's memory. */
#define IMAGE_MAX (1u << 29)
#define TOO_LONG "is longer than 512 MiB, which no image is"

/* Reads `fd` to its end into anonymous memory, which is made larger as needed. Its pages are made at once, since all of them
 * are about to be written: a fault for each takes longer than to fill it. */
static int read_all(struct span *file, int fd, size_t room, struct failure *failure) {
  uint8_t *bytes = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  size_t length = 0;
  while (bytes != MAP_FAILED) {
    ssize_t done = read(fd, bytes + length, room - length);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) break;
    *file = (struct span){bytes, length += (size_t)done};
    if (done == 0) return 0;
    if (length < room) continue;
    if (room >= IMAGE_MAX) return FAIL(failure, TOO_LONG);
    bytes = mremap(bytes, room, room * 2, MREMAP_MAYMOVE);
    room *= 2;
  }
  return FAIL(failure, "cannot be read: %s", strerror(errno));
}

int image_load(struct span *file, const char *path, struct failure *failure) {
  struct stat status;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return FAIL(failure, "there is no such image; build one: fata build DIR");
  if (fd < 0 || fstat(fd, &status) < 0) return FAIL(failure, "cannot be read: %s", strerror(errno));
  if (S_ISREG(status.st_mode) && status.st_size > IMAGE_MAX) return FAIL(failure, TOO_LONG);
  /* One byte more, so that the end is seen. */
  size_t room = S_ISREG(status.st_mode) && status.st_size > 0 ? (size_t)status.st_size + 1 : FIRST_ROOM;
  int result = read_all(file, fd, room, failure);
  close(fd);
  return result;
}

static int read_manifest(struct image *image, struct failure *failure) {
  const struct wasm_section *found = NULL;
  for (size_t i = 0; i < image->wasm.section_count; i++) {
    const struct wasm_section *s = &image->wasm.sections[i];
    if (s->id != 0 || !span_is(s->name, MANIFEST_SECTION)) continue;
    if (found) return FAIL(failure, "it has more than one manifest");
    found = s;
  }
  if (!found) return FAIL(failure, "it is wasm, but has no manifest; images are built with: fata build DIR");
  return manifest_read(&image->manifest, found->content.bytes, found->content.length, failure);
}

/* Names and types, in the letters of wasm_item. */
struct signature {
  const char *name, *type;
};

static const struct signature hypercalls[] = {
#define SIGNATURE(name, parameters, result) {#name, parameters ":" result},
    FATA_HYPERCALLS(SIGNATURE)
#undef SIGNATURE
};

static const struct signature exported[] = {
    {"start", "II:I"}, {"step", "II:I"}, {"event", "i:"}, {"memory", "memory"},
};

/* For "%.*s". Longer names than any message has room for are cut anyhow, and a length may not fit an int. */
#define NAME(s) (int)((s).length < 1024 ? (s).length : 1024), (const char *)(s).bytes

static int check_import(const struct wasm_item *item, struct failure *failure) {
  for (size_t i = 0; span_is(item->module, "tender") && i < sizeof hypercalls / sizeof *hypercalls; i++) {
    if (!span_is(item->name, hypercalls[i].name)) continue;
    if (strcmp(item->type, hypercalls[i].type) == 0) return 0;
    return FAIL(failure, "it imports tender.%s as %s; expected %s", hypercalls[i].name,
                wasm_spell(item->type), wasm_spell(hypercalls[i].type));
  }
  return FAIL(failure, "it imports %.*s.%.*s, which ABI version %u does not have", NAME(item->module),
              NAME(item->name), FATA_ABI_VERSION);
}

static int check_export(const struct wasm *w, const struct signature *wanted, struct failure *failure) {
  for (size_t i = 0; i < w->export_count; i++) {
    const struct wasm_item *item = &w->exports[i];
    if (!span_is(item->name, wanted->name)) continue;
    if (strcmp(item->type, wanted->type) == 0) return 0;
    return FAIL(failure, "it exports %s as %s; expected %s", wanted->name, wasm_spell(item->type),
                wasm_spell(wanted->type));
  }
  return FAIL(failure, "it does not export %s", wanted->name);
}

static int check_outline(const struct image *image, struct failure *failure) {
  const struct wasm *w = &image->wasm;
  const struct manifest *m = &image->manifest;
  for (size_t i = 0; i < w->section_count; i++)
    if (w->sections[i].id == 8)
      return FAIL(failure, "it has a start section, which would run before the tender is ready; build it with: "
                  "fata build DIR");
  for (size_t i = 0; i < w->import_count; i++)
    if (check_import(&w->imports[i], failure) < 0) return -1;
  for (size_t i = 0; i < sizeof exported / sizeof *exported; i++)
    if (check_export(w, &exported[i], failure) < 0) return -1;
  if (w->memory_count == 0) return FAIL(failure, "it has no memory of its own");
  if (w->memory_count > 1) return FAIL(failure, "it has %zu memories; expected one", w->memory_count);
  if (w->table_count > 1) return FAIL(failure, "it has %zu tables; expected at most one", w->table_count);
  if (w->table_initial > TABLE_MAX)
    return FAIL(failure, "its table has %u entries; expected at most %u", w->table_initial, TABLE_MAX);
  if (w->memory_initial != m->memory_initial || w->memory_maximum != m->memory_maximum)
    return FAIL(failure, "its memory has %u to %u pages, the manifest says %u to %u", w->memory_initial,
                w->memory_maximum, m->memory_initial, m->memory_maximum);
  return 0;
}

int image_check(struct image *image, struct failure *failure) {
  struct failure why;
  if (wasm_read(&image->wasm, image->file.bytes, image->file.length, &why) < 0)
    return FAIL(failure, "this is no image: %.200s; build one: fata build DIR", why.text);
  if (read_manifest(image, failure) < 0) return -1;
  return check_outline(image, failure);
}

void image_trim(struct image *image, const uint8_t *from, const uint8_t *to) {
  uintptr_t page = getauxval(AT_PAGESZ), start = (uintptr_t)image->file.bytes;
  uintptr_t first = (uintptr_t)from / page * page, last = ((uintptr_t)to + page - 1) / page * page;
  if (!from) first = last = start;
  if (first > start) munmap((void *)start, first - start);
  uintptr_t end = (start + image->file.length + page - 1) / page * page;
  if (end > last) munmap((void *)last, end - last);
}
