#include "wasm.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define MAGIC "\0asm\1\0\0\0"
#define MAGIC_SIZE 8

/* Reads on; what is wrong ends the reading of the whole file. */
struct reader {
  struct span s;
  size_t at;
  jmp_buf *wrong;
  struct failure *failure;
};

static _Noreturn void refuse(struct reader *r, const char *why) {
  (void)FAIL(r->failure, "%s", why);
  longjmp(*r->wrong, 1);
}

static uint8_t read_byte(struct reader *r) {
  if (r->at >= r->s.length) refuse(r, "it is truncated");
  return r->s.bytes[r->at++];
}

static uint32_t read_u32(struct reader *r) {
  uint64_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    uint8_t byte = read_byte(r);
    value += (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80 && value <= UINT32_MAX) return (uint32_t)value;
  }
  refuse(r, "it has a number that is too long");
}

static struct span take(struct reader *r, size_t length) {
  if (length > r->s.length - r->at) refuse(r, "it is truncated");
  r->at += length;
  return (struct span){r->s.bytes + r->at - length, length};
}

static struct span read_name(struct reader *r) {
  struct span name = take(r, read_u32(r));
  if (!utf8_check(name.bytes, name.length, NULL)) refuse(r, "it has a name that is not UTF-8");
  return name;
}

static void read_limits(struct reader *r, uint32_t *initial, uint32_t *maximum) {
  uint8_t flags = read_byte(r);
  if (flags > 1) refuse(r, "it has a shared or 64-bit memory or table");
  *initial = read_u32(r);
  *maximum = flags == 1 ? read_u32(r) : WASM_PAGES_MAX;
}

/* Room for one more in a list of `count`. What a file says of its counts is not relied on. */
static void *more(struct reader *r, void *list, size_t count, size_t size) {
  if (count & (count - 1)) return list;
  list = realloc(list, (count == 0 ? 1 : 2 * count) * size);
  if (!list) refuse(r, "it is too large");
  return list;
}

static char letter(uint8_t type) {
  static const char letters[] = {'F', 'f', 'I', 'i'};
  return type >= 0x7c && type <= 0x7f ? letters[type - 0x7c] : '?';
}

/* Adds a list of types to a text, as letters, and `end` behind them. */
static size_t read_letters(struct reader *r, char **text, size_t length, char end) {
  uint32_t count = read_u32(r);
  if (count > r->s.length - r->at) refuse(r, "it is truncated");
  *text = realloc(*text, length + count + 1);
  if (!*text) refuse(r, "it is too large");
  for (; count > 0; count--) (*text)[length++] = letter(read_byte(r));
  (*text)[length++] = end;
  return length;
}

/* A function type, as the letters of wasm_item. */
static const char *read_type(struct reader *r) {
  char *text = NULL;
  if (read_byte(r) != 0x60) refuse(r, "it has a type that is not a function's");
  read_letters(r, &text, read_letters(r, &text, 0, ':'), 0);
  return text;
}

/* What the sections are read into. */
struct module {
  struct wasm *w;
  const char **types;
  size_t type_count;
  /* Type indices of the functions: imported ones first. */
  uint32_t *functions;
  size_t function_count;
};

static const char *kind_name(uint8_t kind) {
  static const char *const names[] = {"function", "table", "memory", "global", "tag"};
  return kind < sizeof names / sizeof *names ? names[kind] : "?";
}

static const char *type_at(const struct module *m, size_t index) {
  return index < m->type_count ? m->types[index] : "?";
}

static void add_function(struct reader *r, struct module *m, uint32_t type) {
  m->functions = more(r, m->functions, m->function_count, sizeof *m->functions);
  m->functions[m->function_count++] = type;
}

static void read_import(struct reader *r, struct module *m) {
  struct wasm *w = m->w;
  struct wasm_item item;
  uint32_t initial, maximum;
  item.module = read_name(r);
  item.name = read_name(r);
  uint8_t kind = read_byte(r);
  if (kind == 0) {
    uint32_t type = read_u32(r);
    item.type = type_at(m, type);
    if (type < m->type_count) add_function(r, m, type);
  } else {
    if (kind == 1) read_byte(r);
    if (kind == 1 || kind == 2) read_limits(r, &initial, &maximum);
    else take(r, 2);
    item.type = kind_name(kind);
  }
  w->imports = more(r, w->imports, w->import_count, sizeof *w->imports);
  w->imports[w->import_count++] = item;
}

static void read_export(struct reader *r, struct module *m) {
  struct wasm *w = m->w;
  struct wasm_item item = {.name = read_name(r)};
  uint8_t kind = read_byte(r);
  uint32_t index = read_u32(r);
  if (kind != 0) item.type = kind_name(kind);
  else item.type = index < m->function_count ? type_at(m, m->functions[index]) : "?";
  w->exports = more(r, w->exports, w->export_count, sizeof *w->exports);
  w->exports[w->export_count++] = item;
}

static void read_memory(struct reader *r, struct wasm *w) {
  uint32_t initial, maximum;
  read_limits(r, &initial, &maximum);
  if (w->memory_count++ > 0) return;
  w->memory_initial = initial;
  w->memory_maximum = maximum;
}

static void read_table(struct reader *r, struct wasm *w) {
  uint32_t initial, maximum;
  uint8_t type = read_byte(r);
  if (type != 0x70 && type != 0x6f) refuse(r, "it has a table of an unknown type");
  read_limits(r, &initial, &maximum);
  if (w->table_count++ == 0) w->table_initial = initial;
}

static void read_content(struct reader *r, struct module *m, uint8_t id) {
  for (uint32_t count = read_u32(r); count > 0; count--) {
    if (id == 1) {
      m->types = more(r, m->types, m->type_count, sizeof *m->types);
      m->types[m->type_count++] = read_type(r);
    }
    if (id == 2) read_import(r, m);
    if (id == 3) add_function(r, m, read_u32(r));
    if (id == 4) read_table(r, m->w);
    if (id == 5) read_memory(r, m->w);
    if (id == 7) read_export(r, m);
  }
}

static void read_sections(struct reader *r, struct wasm *w) {
  while (r->at < r->s.length) {
    w->sections = more(r, w->sections, w->section_count, sizeof *w->sections);
    struct wasm_section *s = &w->sections[w->section_count++];
    *s = (struct wasm_section){.offset = MAGIC_SIZE + r->at};
    s->id = read_byte(r);
    struct reader content = {take(r, read_u32(r)), 0, r->wrong, r->failure};
    if (s->id == 0) s->name = read_name(&content);
    s->content = take(&content, content.s.length - content.at);
  }
}

int wasm_read(struct wasm *w, const void *bytes, size_t length, struct failure *failure) {
  jmp_buf wrong;
  *w = (struct wasm){0};
  if (length < 4 || memcmp(bytes, MAGIC, 4) != 0) return FAIL(failure, "it is not wasm");
  if (length < MAGIC_SIZE || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0)
    return FAIL(failure, "it is truncated, or wasm of another version");
  if (setjmp(wrong)) return -1;
  struct reader r = {{(const uint8_t *)bytes + MAGIC_SIZE, length - MAGIC_SIZE}, 0, &wrong, failure};
  struct module m = {.w = w};
  read_sections(&r, w);
  /* In the order of their meaning, whatever order they stand in. */
  static const uint8_t order[] = {1, 2, 3, 7, 5, 4};
  for (size_t k = 0; k < sizeof order; k++) {
    for (size_t i = 0; i < w->section_count; i++) {
      if (w->sections[i].id != order[k]) continue;
      struct reader content = {w->sections[i].content, 0, &wrong, failure};
      read_content(&content, &m, order[k]);
    }
  }
  return 0;
}

bool span_is(struct span s, const char *text) {
  return s.length == strlen(text) && memcmp(s.bytes, text, s.length) == 0;
}

static const char *spell_letter(char c) {
  switch (c) {
    case 'i':
      return "i32";
    case 'I':
      return "i64";
    case 'f':
      return "f32";
    case 'F':
      return "f64";
    case ':':
      return ") -> (";
    default:
      return "other";
  }
}

const char *wasm_spell(const char *type) {
  /* At most as many bytes for each letter, and a space or bracket. */
  size_t size = strlen(type) * (strlen(") -> (") + 1) + 3, length = 0;
  char *text = strchr(type, ':') ? malloc(size) : NULL;
  if (!text) return type;
  text[length++] = '(';
  for (const char *c = type; *c; c++) {
    if (c > type && *c != ':' && c[-1] != ':') text[length++] = ' ';
    length += text_format(text + length, size - length, "%s", spell_letter(*c));
  }
  strcpy(text + length, ")");
  return text;
}

struct span wasm_section_name(const struct wasm_section *s, char *text, size_t size) {
  static const char *const names[] = {"custom", "type",   "import", "function", "table", "memory",    "global",
                                      "export", "start", "element", "code",     "data",  "data count"};
  if (s->id == 0) return s->name;
  if (s->id < sizeof names / sizeof *names) text_format(text, size, "%s", names[s->id]);
  else text_format(text, size, "section %u", s->id);
  return (struct span){(const uint8_t *)text, strlen(text)};
}
