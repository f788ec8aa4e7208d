/*
 * The native tender's readers as an addon of Node, for comparing them with those in TypeScript (readers.ts). Each function
 * takes bytes and gives a list of texts, in the order that readers.ts states, or the line of a refusal.
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../tender/native/command.h"
#include "memory.h"

static napi_env env;
static napi_value list;
static uint32_t count;

static void add(const void *text, size_t length) {
  napi_value value;
  napi_create_string_utf8(env, text, length, &value);
  napi_set_element(env, list, count++, value);
}

static void add_text(const char *text) { add(text, strlen(text)); }

static void add_number(uint64_t number) {
  char text[24];
  add(text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)number));
}

static napi_value line(const char *text) {
  napi_value value;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

/* The argument: bytes. */
static struct span begin(napi_env e, napi_callback_info info) {
  napi_value argument;
  size_t given = 1;
  void *bytes;
  struct span s = {0};
  release_memory();
  env = e;
  count = 0;
  napi_create_array(env, &list);
  napi_get_cb_info(env, info, &given, &argument, NULL, NULL);
  napi_get_typedarray_info(env, argument, NULL, &s.length, &bytes, NULL, NULL);
  s.bytes = bytes;
  return s;
}

static napi_value read_manifest(napi_env e, napi_callback_info info) {
  static struct manifest m;
  struct failure failure;
  struct span s = begin(e, info);
  if (manifest_read(&m, s.bytes, s.length, &failure) < 0) return line(failure.text);
  add_text(m.name);
  add_text(m.version);
  add_text(m.build);
  add_number(m.memory_initial);
  add_number(m.memory_maximum);
  for (size_t i = 0; i < m.device_count; i++) {
    add_text(m.devices[i].name);
    add_text(device_kind_names[m.devices[i].kind]);
    add_number(m.devices[i].offload);
  }
  for (size_t i = 0; i < m.argument_count; i++) {
    const struct manifest_argument *a = &m.arguments[i];
    add_text(a->name);
    add_text(a->brief);
    char type[32];
    snprintf(type, sizeof type, "%s%s", argument_type_names[a->type], a->list ? LIST_SUFFIX : "");
    add_text(type);
    add_text(a->preset);
    add_text(a->doc);
    add_text(manifest_is_value(a, a->doc) ? "a value" : "no value");
  }
  return list;
}

static napi_value read_outline(napi_env e, napi_callback_info info) {
  struct wasm w;
  struct failure failure;
  char text[32];
  struct span s = begin(e, info);
  if (wasm_read(&w, s.bytes, s.length, &failure) < 0) return line(failure.text);
  for (size_t i = 0; i < w.section_count; i++) {
    struct span name = wasm_section_name(&w.sections[i], text, sizeof text);
    add(name.bytes, name.length);
    add_number(w.sections[i].id);
    add_number(w.sections[i].content.length);
  }
  for (size_t i = 0; i < w.import_count + w.export_count; i++) {
    const struct wasm_item *item = i < w.import_count ? &w.imports[i] : &w.exports[i - w.import_count];
    if (i < w.import_count) add(item->module.bytes, item->module.length);
    add(item->name.bytes, item->name.length);
    add_text(wasm_spell(item->type));
  }
  add_number(w.memory_count);
  if (w.memory_count) add_number(w.memory_initial), add_number(w.memory_maximum);
  add_number(w.table_count);
  if (w.table_count) add_number(w.table_initial);
  return list;
}

/* ---- The command line -------------------------------------------------------------------------------------------- */

static jmp_buf back;
static char said[32768];

/* The linker calls these in place of the C library's and the tender's: a refusal ends the reading, not the process. */
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status) {
  (void)status;
  longjmp(back, 1);
}

void __wrap_console_message(const char *text);
void __wrap_console_message(const char *text) { snprintf(said, sizeof said, "%s", text); }

/* Devices are not opened here. */
int tender_add_net(struct fata_guest *g, const char *name, const char *target, const uint8_t *mac,
                   uint32_t offload, struct failure *failure) {
  (void)g, (void)name, (void)target, (void)mac, (void)offload, (void)failure;
  return 0;
}

int tender_add_block(struct fata_guest *g, const char *name, const char *path, unsigned how,
                     struct failure *failure) {
  (void)g, (void)name, (void)path, (void)how, (void)failure;
  return 0;
}

static void add_command(const struct manifest *m, char **words) {
  struct command c;
  size_t arguments;
  read_command(&c, words);
  add_number(c.memory);
  add_text(c.no_sandbox ? "no sandbox" : "sandbox");
  add_text(c.quiet ? "quiet" : "");
  add_text(c.image ? c.image : "");
  for (size_t i = 0; i < c.given_count; i++) {
    add_text(device_options[c.given[i].option].option.name);
    add_text(c.given[i].device ? c.given[i].device : "any");
    add_text(c.given[i].value);
  }
  const char *word = read_arguments(m, c.rest, &arguments);
  for (size_t i = 0; i < arguments; i++, word += strlen(word) + 1) add_text(word);
}

/* Takes a manifest and a zero, then the words with a zero behind each. */
static napi_value read_words(napi_env e, napi_callback_info info) {
  static struct manifest m;
  struct failure failure;
  char *words[4097];
  size_t n = 0;
  struct span s = begin(e, info);
  const uint8_t *zero = memchr(s.bytes, 0, s.length);
  if (manifest_read(&m, s.bytes, (size_t)(zero - s.bytes), &failure) < 0) return line(failure.text);
  size_t length = (size_t)(s.bytes + s.length - zero - 1);
  char *text = malloc(length + 1);
  memcpy(text, zero + 1, length);
  for (char *word = text; word < text + length && n < 4096; word += strlen(word) + 1) words[n++] = word;
  words[n] = NULL;
  if (setjmp(back)) return line(said);
  add_command(&m, words);
  return list;
}

NAPI_MODULE_INIT() {
  static const struct {
    const char *name;
    napi_callback call;
  } functions[] = {{"readManifest", read_manifest}, {"readOutline", read_outline}, {"readWords", read_words}};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}
