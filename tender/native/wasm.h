/*
 * The outline of a wasm module: its sections, the types of its imports and exports, its memory. Whether the rest is
 * valid is for whoever translates it to say. The same reader in TypeScript: tender/wasm.ts; both give the same answers.
 */
#ifndef FATA_WASM_H
#define FATA_WASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* Most pages of 64 KiB that 32 bits reach. */
#define WASM_PAGES_MAX 65536u
#define WASM_PAGE 65536u

/* Bytes of the file. */
struct span {
  const uint8_t *bytes;
  size_t length;
};

struct wasm_section {
  uint8_t id;
  /* A custom section's name; the others have none. */
  struct span name;
  /* Its content, without the name. */
  struct span content;
  /* Where in the file it begins. */
  size_t offset;
};

/* An import or export. */
struct wasm_item {
  struct span module, name;
  /* A function's type as parameters and result in letters ("ii:i"), else the kind: memory, table... */
  const char *type;
};

struct wasm {
  struct wasm_section *sections;
  struct wasm_item *imports, *exports;
  size_t section_count, import_count, export_count;
  /* How many it defines, and the limits of the first. Further ones would lie outside what --mem limits. */
  size_t memory_count, table_count;
  uint32_t memory_initial, memory_maximum, table_initial;
};

/* Reads a module's outline. Returns 0, or -1 with what is wrong told ("it is truncated"). Memory it takes is kept. */
int wasm_read(struct wasm *w, const void *bytes, size_t length, struct failure *failure);

/* Whether a span holds this text. */
bool span_is(struct span s, const char *text);

/* A type as WebAssembly's text format spells it: "(i32 i64) -> ()". Memory it takes is kept. */
const char *wasm_spell(const char *type);

/* What a section is called. */
struct span wasm_section_name(const struct wasm_section *s, char *text, size_t size);

#endif
