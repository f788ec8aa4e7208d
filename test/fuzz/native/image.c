/* Target: an image's outline and manifest, checked against the ABI, and what --help and --describe print of it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tender/native/command.h"
#include "fuzz.h"

static bool inside(struct span s, const uint8_t *bytes, size_t length) {
  return s.length == 0 || (s.bytes >= bytes && s.length <= length && s.bytes - bytes <= (ptrdiff_t)(length - s.length));
}

static FILE *printed;

static void take(const void *bytes, size_t length) { fwrite(bytes, 1, length, printed); }

/* What is printed is lines, without what a terminal obeys. */
static void print(const struct image *image) {
  char *text, *rest, bytes[64];
  size_t size;
  struct text out = {bytes, sizeof bytes, 0, take};
  printed = open_memstream(&text, &size);
  print_describe(&out, image);
  print_help(&out, &image->manifest);
  text_end(&out);
  fclose(printed);
  rest = text;
  for (char *line; (line = strsep(&rest, "\n"));) CHECK(!*line || is_line(line));
  free(text);
}

void feed(const uint8_t *bytes, size_t length) {
  static struct image image;
  struct failure failure = {""};
  image = (struct image){.file = {bytes, length}};
  if (image_check(&image, &failure) < 0) {
    if (setjmp(refused) == 0) refuse(STATUS_IMAGE, "%s", failure.text);
    CHECK(is_line(refusal));
    return;
  }
  accepted = true;
  const struct wasm *w = &image.wasm;
  size_t content = 0;
  for (size_t i = 0; i < w->section_count; i++) {
    CHECK(inside(w->sections[i].content, bytes, length) && inside(w->sections[i].name, bytes, length));
    content += w->sections[i].content.length;
  }
  CHECK(content <= length);
  for (size_t i = 0; i < w->import_count; i++)
    CHECK(inside(w->imports[i].module, bytes, length) && inside(w->imports[i].name, bytes, length));
  for (size_t i = 0; i < w->export_count; i++) CHECK(inside(w->exports[i].name, bytes, length));
  print(&image);
}
