/* What is printed instead of running an image: --help, --describe. */
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "command.h"
#include "printable.h"

/* Columns of the help; where its texts begin at most; between a name and its text. */
#define WIDTH 100
#define INDENT_MAX 40
#define GAP 2

/* Longest text of an entry: two of 4096 characters, of which each may stand as several bytes, and what is between. */
#define TEXT_MAX (2 * 4096 * PRINTABLE_GROWTH + 256)

/* Text from outside. */
static void put(struct text *out, const void *text, size_t length) {
  char *line = malloc(length * PRINTABLE_GROWTH + 1);
  if (!line) return;
  text_put(out, line, printable(line, length * PRINTABLE_GROWTH + 1, text, length));
  free(line);
}

/* Characters of UTF-8 text. */
static size_t characters(const char *text) {
  size_t count = 0;
  for (; *text; text++) count += ((unsigned char)*text & 0xc0) != 0x80;
  return count;
}

/* One entry of the help: its name, then its text in the column from `indent` on, or below a name that is too long. */
static void print_entry(struct text *out, const char *name, const char *text, size_t indent) {
  static char word[TEXT_MAX];
  size_t column = characters(name);
  text_add(out, "%s", name);
  if (column + GAP > indent && *text) column = 0, text_put(out, "\n", 1);
  for (size_t length; *text; text += length) {
    length = strcspn(text, " \n");
    printable(word, sizeof word, text, length);
    size_t width = characters(word);
    bool full = length == 0 ? *text == '\n' : column > indent && column + 1 + width > WIDTH;
    if (full) column = 0, text_put(out, "\n", 1);
    if (length == 0) {
      length = 1;
      continue;
    }
    size_t space = column > indent ? 1 : indent - column;
    column += space + width;
    for (; space > 0; space--) text_put(out, " ", 1);
    text_add(out, "%s", word);
  }
  text_put(out, "\n", 1);
}

/* An option as it is written, such as "  --mem=SIZE". With short forms in the help, the others leave room for them. */
static const char *option_name(const struct option *o, const char *device, bool briefs, char *text, size_t size) {
  const char *value = o->value ? o->value : "", *equals = *value == '[' ? "[=" : *value ? "=" : "";
  text_format(text, size, "%s--%s%s%s%s", briefs ? "      " : "  ", o->name, device, equals, value + (*value == '['));
  return text;
}

static const char *argument_name(const struct manifest_argument *a, bool briefs, char *text, size_t size) {
  if (a->brief[0]) text_format(text, size, "  -%s, --%s", a->brief, a->name);
  else text_format(text, size, "%s--%s", briefs ? "      " : "  ", a->name);
  return text;
}

/* The column of a group's texts, when it has an entry of this name too. */
static size_t indent_for(size_t indent, const char *name) {
  size_t wanted = strlen(name) + GAP;
  return wanted > INDENT_MAX || wanted < indent ? indent : wanted;
}

static void print_arguments(struct text *out, const struct manifest *m, bool briefs) {
  char name[128];
  static char text[TEXT_MAX];
  size_t indent = 0;
  if (m->argument_count == 0) return;
  text_add(out, "\nArguments of %s:\n", m->name);
  for (size_t i = 0; i < m->argument_count; i++)
    indent = indent_for(indent, argument_name(&m->arguments[i], briefs, name, sizeof name));
  for (size_t i = 0; i < m->argument_count; i++) {
    const struct manifest_argument *a = &m->arguments[i];
    bool plain = a->type == ARGUMENT_FLAG || a->type == ARGUMENT_BOOL || (a->type == ARGUMENT_STRING && !a->list);
    const char *each = a->list ? LIST_FORM : "";
    size_t length = text_format(text, sizeof text, "%s", a->doc);
    if (!plain) length += text_format(text + length, sizeof text - length, " (%s%s)", each, argument_forms[a->type]);
    if (a->preset[0]) {
      /* Its line breaks are none of ours. */
      length += text_format(text + length, sizeof text - length, " [default: ");
      length += printable(text + length, sizeof text - length - 1, a->preset, strlen(a->preset));
      strcpy(text + length, "]");
    }
    print_entry(out, argument_name(a, briefs, name, sizeof name), text, indent);
  }
}

void print_help(struct text *out, const struct manifest *m) {
  char name[128];
  size_t indent = 0;
  bool briefs = false;
  for (size_t i = 0; m && i < m->argument_count; i++) briefs |= m->arguments[i].brief[0] != 0;
  text_add(out, "tender [options] [--] IMAGE.wasm [--] [image arguments]\n\nRuns an image in a sandbox.\n\n"
         "Devices (NAME may be left out where the image has one device of the kind):\n");
  for (int i = 0; i < DEVICE_OPTIONS; i++)
    indent = indent_for(indent, option_name(&device_options[i].option, "[:NAME]", briefs, name, sizeof name));
  for (int i = 0; i < DEVICE_OPTIONS; i++)
    print_entry(out, option_name(&device_options[i].option, "[:NAME]", briefs, name, sizeof name),
                device_options[i].option.help, indent);
  text_add(out, "\nOptions:\n");
  indent = 0;
  for (int i = 0; i < OPTIONS; i++)
    indent = indent_for(indent, option_name(&general_options[i], "", briefs, name, sizeof name));
  for (int i = 0; i < OPTIONS; i++)
    print_entry(out, option_name(&general_options[i], "", briefs, name, sizeof name), general_options[i].help, indent);
  if (m) print_arguments(out, m, briefs);
}

static void put_text(struct text *out, const char *text) {
  put(out, text, strlen(text));
}

static void put_item(struct text *out, const struct wasm_item *item) {
  put(out, item->name.bytes, item->name.length);
  text_add(out, " %s\n", wasm_spell(item->type));
}

void print_describe(struct text *out, const struct image *image) {
  const struct manifest *m = &image->manifest;
  const struct wasm *w = &image->wasm;
  char text[32];
  text_add(out, "%s ", m->name);
  put_text(out, m->version);
  text_add(out, "\nABI version  %u\nbuild        %s\nsize         %zu bytes\nmemory       %s", m->abi, m->build,
         image->file.length, format_memory(m->memory_initial, text, sizeof text));
  if (m->memory_maximum != WASM_PAGES_MAX)
    text_add(out, ", at most %s", format_memory(m->memory_maximum, text, sizeof text));
  text_add(out, "\ndevices:\n%s", m->device_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < m->device_count; i++)
    text_add(out, "  %s (%s%s)\n", m->devices[i].name, device_kind_names[m->devices[i].kind],
             m->devices[i].offload ? ", with offloads" : "");
  text_add(out, "arguments:\n%s", m->argument_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < m->argument_count; i++) {
    const struct manifest_argument *a = &m->arguments[i];
    text_add(out, "  --%s%s%s (%s%s, default \"", a->name, a->brief[0] ? ", -" : "", a->brief,
             argument_type_names[a->type], a->list ? LIST_SUFFIX : "");
    put_text(out, a->preset);
    text_add(out, "\"): ");
    put_text(out, a->doc);
    text_put(out, "\n", 1);
  }
  text_add(out, "imports:\n%s", w->import_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < w->import_count; i++) {
    text_add(out, "  ");
    put(out, w->imports[i].module.bytes, w->imports[i].module.length);
    text_put(out, ".", 1);
    put_item(out, &w->imports[i]);
  }
  text_add(out, "exports:\n%s", w->export_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < w->export_count; i++) {
    text_add(out, "  ");
    put_item(out, &w->exports[i]);
  }
  text_add(out, "sections:\n%s", w->section_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < w->section_count; i++) {
    struct span name = wasm_section_name(&w->sections[i], text, sizeof text);
    text_add(out, "  ");
    put(out, name.bytes, name.length);
    text_add(out, " (%zu bytes)\n", w->sections[i].content.length);
  }
}
