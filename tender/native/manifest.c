#include "manifest.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "utf8.h"

#define VERSION_MAX 64
#define TEXT_MAX 4096
#define BUILD_LENGTH 32
#define ABI_MAX 65535
/* Pages of 64 KiB that 32 bits reach. */
#define PAGES_MAX 65536

const char *const device_kind_names[DEVICE_KINDS] = {"network", "block"};

struct parser {
  const char *at;
  const char *end;
  /* Where decoded texts go: no text grows by decoding. */
  char *texts;
  /* The first time only the form counts; then what the texts and numbers say does. */
  bool checking;
  jmp_buf wrong;
  struct failure *failure;
};

/* Says what is wrong and ends the reading. */
#define REFUSE(p, ...) ((void)FAIL((p)->failure, __VA_ARGS__), longjmp((p)->wrong, 1))

/* The same for what is well-formed. */
#define REFUSE_IF(p, condition, ...)                        \
  do {                                                      \
    if ((p)->checking && (condition)) REFUSE(p, __VA_ARGS__); \
  } while (0)

/* What is not as the canonical form has it: no JSON, other keys, another order, spaces, needless escapes. */
static _Noreturn void not_canonical(struct parser *p) {
  REFUSE(p, "the manifest is not in canonical form");
}

static bool skip(struct parser *p, const char *literal) {
  size_t length = strlen(literal);
  if ((size_t)(p->end - p->at) < length || memcmp(p->at, literal, length) != 0) return false;
  p->at += length;
  return true;
}

static void expect(struct parser *p, const char *literal) {
  if (!skip(p, literal)) not_canonical(p);
}

/* Larger numbers JSON's readers round. */
#define NUMBER_MAX 9007199254740991

static int64_t read_number(struct parser *p) {
  int64_t value = 0;
  bool negative = skip(p, "-");
  const char *digits = p->at;
  for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++)
    if (value <= NUMBER_MAX) value = value * 10 + (*p->at - '0');
  if (p->at == digits || (*digits == '0' && p->at - digits > 1)) not_canonical(p);
  if (value > NUMBER_MAX || (negative && value == 0)) not_canonical(p);
  return negative ? -value : value;
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character of an escape, whose backslash was read. Only what must be escaped is, the shortest way. */
static char read_escape(struct parser *p) {
  static const char letters[] = "\"\\bfnrt", values[] = "\"\\\b\f\n\r\t";
  if (p->at == p->end) not_canonical(p);
  char c = *p->at++;
  const char *known = c ? strchr(letters, c) : NULL;
  if (known) return values[known - letters];
  if (c != 'u' || !skip(p, "00") || p->end - p->at < 2) not_canonical(p);
  int high = hex_digit(p->at[0]), low = hex_digit(p->at[1]);
  char value = (char)((unsigned)high << 4 | (unsigned)low);
  p->at += 2;
  if (high < 0 || high > 1 || low < 0 || memchr(values, value, sizeof values)) not_canonical(p);
  return value;
}

/* A text; `units` is its length as JavaScript counts. The manifest as a whole is UTF-8. */
static const char *read_text(struct parser *p, size_t *units) {
  char *text = p->texts, *to = text;
  expect(p, "\"");
  for (;;) {
    if (p->at == p->end || (unsigned char)*p->at < 0x20) not_canonical(p);
    char c = *p->at++;
    if (c == '"') break;
    *to++ = c == '\\' ? read_escape(p) : c;
  }
  *to++ = 0;
  p->texts = to;
  utf8_check(text, (size_t)(to - text) - 1, units);
  return text;
}

bool manifest_is_name(const char *text, size_t length) {
  if (length < 1 || length > FATA_NAME_MAX || text[0] < 'a' || text[0] > 'z') return false;
  for (size_t i = 0; i < length; i++) {
    char c = text[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

static bool is_name(const char *text) {
  return manifest_is_name(text, strlen(text));
}

static bool is_build(const char *text) {
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++)
    if (hex_digit(text[i]) < 0) return false;
  return length == BUILD_LENGTH;
}

static int index_of(const char *const *names, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return i;
  return -1;
}

static bool is_within(int64_t number, int64_t max) {
  return number >= 0 && number <= max;
}

static void read_device(struct parser *p, struct manifest *m) {
  size_t units;
  expect(p, "{\"name\":");
  const char *name = read_text(p, &units);
  expect(p, ",\"kind\":");
  int kind = index_of(device_kind_names, DEVICE_KINDS, read_text(p, &units));
  bool offloads = skip(p, ",\"offload\":");
  int64_t offload = offloads ? read_number(p) : 0;
  expect(p, "}");
  if (!p->checking) return;
  REFUSE_IF(p, m->device_count == MANIFEST_DEVICES_MAX, "devices is not a list of at most %u", MANIFEST_DEVICES_MAX);
  REFUSE_IF(p, !is_name(name), "a device has no proper name");
  REFUSE_IF(p, kind < 0, "device %s is of no known kind", name);
  REFUSE_IF(p, offloads && kind != DEVICE_NETWORK, "device %s has offloads, but is no network device", name);
  REFUSE_IF(p, offloads && (offload == 0 || !is_within(offload, UINT32_MAX)),
            "device %s has offloads that are no set of features", name);
  for (size_t i = 0; i < m->device_count; i++)
    REFUSE_IF(p, strcmp(m->devices[i].name, name) == 0, "device %s is declared twice", name);
  m->devices[m->device_count++] = (struct manifest_device){name, (enum device_kind)kind, (uint32_t)offload};
}

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void add_argument(struct parser *p, struct manifest *m, const struct manifest_argument *a) {
  for (size_t i = 0; i < m->argument_count; i++) {
    const struct manifest_argument *other = &m->arguments[i];
    /* A name of one letter is the same as a short form of it. */
    bool same = strcmp(other->name, a->name) == 0 || strcmp(other->brief, a->name) == 0;
    if (a->brief[0]) same |= strcmp(other->brief, a->brief) == 0 || strcmp(other->name, a->brief) == 0;
    REFUSE_IF(p, same, "argument %s is declared twice", a->name);
  }
  m->arguments[m->argument_count++] = *a;
}

/* The type's index, below zero where it is none. */
static int read_type(struct parser *p, bool *list) {
  size_t units;
  /* Ours to shorten: it lies where decoded texts go. */
  char *name = p->texts;
  read_text(p, &units);
  size_t length = strlen(name), suffix = strlen(LIST_SUFFIX);
  *list = length >= suffix && strcmp(name + length - suffix, LIST_SUFFIX) == 0;
  if (*list) name[length - suffix] = 0;
  return index_of(argument_type_names, *list ? ARGUMENT_LISTED : ARGUMENT_TYPES, name);
}

static void read_argument(struct parser *p, struct manifest *m) {
  size_t preset_units, doc_units, units;
  struct manifest_argument a;
  expect(p, "{\"name\":");
  a.name = read_text(p, &units);
  expect(p, ",\"short\":");
  a.brief = read_text(p, &units);
  expect(p, ",\"type\":");
  int type = read_type(p, &a.list);
  expect(p, ",\"default\":");
  a.preset = read_text(p, &preset_units);
  expect(p, ",\"doc\":");
  a.doc = read_text(p, &doc_units);
  expect(p, "}");
  if (!p->checking) return;
  REFUSE_IF(p, m->argument_count == MANIFEST_ARGUMENTS_MAX, "arguments is not a list of at most 256");
  REFUSE_IF(p, !is_name(a.name), "an argument has no proper name");
  REFUSE_IF(p, a.brief[0] && (!is_letter(a.brief[0]) || a.brief[1]), "argument %s: short is not one letter", a.name);
  REFUSE_IF(p, type < 0, "argument %s is of no known type", a.name);
  REFUSE_IF(p, preset_units > TEXT_MAX || doc_units > TEXT_MAX, "argument %s has too long a default or doc text",
            a.name);
  a.type = (enum argument_type)type;
  add_argument(p, m, &a);
}

static void read_list(struct parser *p, struct manifest *m, void (*item)(struct parser *, struct manifest *)) {
  expect(p, "[");
  if (skip(p, "]")) return;
  do item(p, m);
  while (skip(p, ","));
  expect(p, "]");
}

static void read_abi(struct parser *p, struct manifest *m) {
  expect(p, "{\"abi\":");
  int64_t abi = read_number(p);
  expect(p, ",");
  /* Another version's manifest may look different: the version is what is wrong with it. */
  if (is_within(abi, ABI_MAX) && abi != FATA_ABI_VERSION)
    REFUSE(p, "the image speaks ABI version %u, this tender version %u; build it anew: fata build DIR", (unsigned)abi,
           FATA_ABI_VERSION);
  REFUSE_IF(p, !is_within(abi, ABI_MAX), "abi is not a small number");
  m->abi = (uint32_t)abi;
}

static void read_memory(struct parser *p, struct manifest *m) {
  expect(p, ",\"memory\":{\"initial\":");
  int64_t initial = read_number(p);
  expect(p, ",\"maximum\":");
  int64_t maximum = read_number(p);
  expect(p, "}");
  REFUSE_IF(p, !is_within(initial, PAGES_MAX) || !is_within(maximum, PAGES_MAX),
            "memory has no initial and maximum number of pages");
  REFUSE_IF(p, initial > maximum, "memory.initial is above memory.maximum");
  m->memory_initial = (uint32_t)initial;
  m->memory_maximum = (uint32_t)maximum;
}

static void read_all(struct parser *p, struct manifest *m) {
  size_t units;
  read_abi(p, m);
  expect(p, "\"name\":");
  m->name = read_text(p, &units);
  REFUSE_IF(p, !is_name(m->name), "name is not a name");
  expect(p, ",\"version\":");
  m->version = read_text(p, &units);
  REFUSE_IF(p, units > VERSION_MAX, "version is not a short text");
  expect(p, ",\"devices\":");
  read_list(p, m, read_device);
  read_memory(p, m);
  expect(p, ",\"arguments\":");
  read_list(p, m, read_argument);
  expect(p, ",\"build\":");
  m->build = read_text(p, &units);
  REFUSE_IF(p, !is_build(m->build), "build is not 32 hex digits");
  expect(p, "}");
  if (p->at != p->end) not_canonical(p);
}

int manifest_read(struct manifest *m, const void *bytes, size_t length, struct failure *failure) {
  *m = (struct manifest){0};
  if (length > MANIFEST_MAX) return FAIL(failure, "the manifest is longer than %u bytes", MANIFEST_MAX);
  if (!utf8_check(bytes, length, NULL)) return FAIL(failure, "the manifest is not UTF-8");
  struct parser p = {.end = (const char *)bytes + length, .failure = failure};
  char *texts = malloc(length + 1);
  if (!texts) return FAIL(failure, "there is no memory for the manifest");
  if (setjmp(p.wrong) != 0) {
    free(texts);
    return -1;
  }
  for (int pass = 0; pass < 2; pass++) {
    p.at = bytes;
    p.texts = texts;
    p.checking = pass == 1;
    read_all(&p, m);
  }
  return 0;
}
