/* Target: a native section: the ELF file, with the right hash before it, so that the reader goes on. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tender/native/elf.h"
#include "../../../tender/native/xxh64.h"
#include "fuzz.h"

#ifdef __x86_64__
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif

#define WASM_SIZE 8
#define HASH_SIZE sizeof(uint64_t)

static void check_segments(const struct native_image *image, const uint8_t *from, const uint8_t *to) {
  for (size_t i = 0; i < image->segment_count; i++) {
    const struct native_segment *s = &image->segments[i];
    CHECK(s->address >= FATA_NATIVE_IMAGE && s->address % FATA_NATIVE_SEGMENT_ALIGN == 0 && s->memory_size > 0);
    CHECK(s->address < FATA_NATIVE_IMAGE_END && s->memory_size <= FATA_NATIVE_IMAGE_END - s->address);
    CHECK((s->flags & (PF_W | PF_X)) != (PF_W | PF_X));
    CHECK(s->content.length <= s->memory_size);
    CHECK(s->content.bytes >= from && s->content.bytes <= to && s->content.length <= (size_t)(to - s->content.bytes));
    for (size_t k = 0; k < i; k++) {
      const struct native_segment *other = &image->segments[k];
      CHECK(s->address >= other->address + other->memory_size || other->address >= s->address + s->memory_size);
    }
    /* What loading does: the whole content is read. */
    static volatile uint8_t sink;
    for (size_t k = 0; k < s->content.length; k++) sink = s->content.bytes[k];
    (void)sink;
  }
}

static void check_names(const struct native_image *image) {
  const uint64_t addresses[] = {0, FATA_NATIVE_IMAGE, FATA_NATIVE_IMAGE + 4, (uint64_t)image->entry.start, UINT64_MAX};
  for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
    const char *name = native_function(image, addresses[i]);
    CHECK(!name || strlen(name) < image->strings.length);
  }
}

void feed(const uint8_t *bytes, size_t length) {
  static struct native_image image;
  struct failure failure = {""};
  size_t size = WASM_SIZE + HASH_SIZE + length;
  uint8_t *file = malloc(size);
  memcpy(file, "\0asm\1\0\0\0", WASM_SIZE);
  uint64_t hash = xxh64(file, WASM_SIZE);
  memcpy(file + WASM_SIZE, &hash, HASH_SIZE);
  memcpy(file + WASM_SIZE + HASH_SIZE, bytes, length);
  /* The inputs are for one processor, this may be another. */
  if (length >= sizeof(Elf64_Ehdr) && bytes[offsetof(Elf64_Ehdr, e_machine)] == EM_X86_64)
    file[WASM_SIZE + HASH_SIZE + offsetof(Elf64_Ehdr, e_machine)] = MACHINE;
  struct wasm_section section = {
      .name = {(const uint8_t *)NATIVE_SECTION, strlen(NATIVE_SECTION)},
      .content = {file + WASM_SIZE, HASH_SIZE + length},
      .offset = WASM_SIZE,
  };
  struct wasm w = {.sections = &section, .section_count = 1};
  if (native_read(&image, &w, (struct span){file, size}, &failure) < 0) {
    CHECK(is_line(failure.text) && strstr(failure.text, "fata build --native"));
    return;
  }
  accepted = true;
  check_segments(&image, file + WASM_SIZE, file + size);
  CHECK(native_is_code(&image, (uint64_t)image.entry.init) && native_is_code(&image, (uint64_t)image.entry.step));
  check_names(&image);
}
