/* What is printed instead of running an image: --help, --describe. */
#include <stdio.h>
#include <string.h>

#include "abi.h"
#include "command.h"

/* Columns of the help. */
#define WIDTH 100

/* Characters of UTF-8 text. */
static size_t characters(const char *text) {
  size_t count = 0;
  for (; *text; text++) count += ((unsigned char)*text & 0xc0) != 0x80;
  return count;
}

/* One entry of the help: its name, then its text in the column from `indent` on. */
static void print_entry(const char *name, const char *text, size_t indent) {
  printf("%s%*s", name, (int)(indent - characters(name)), "");
  for (size_t column = indent; *text;) {
    size_t length = strcspn(text, " "), width = 0;
    for (size_t i = 0; i < length; i++) width += ((unsigned char)text[i] & 0xc0) != 0x80;
    if (column > indent && column + 1 + width > WIDTH) {
      printf("\n%*s", (int)indent, "");
      column = indent;
    } else if (column > indent) {
      putchar(' ');
      column++;
    }
    printf("%.*s", (int)length, text);
    column += width;
    text += length;
    text += *text == ' ';
  }
  putchar('\n');
}

/* An option as it is written, such as "  --mem=SIZE". With short forms in the help, the others leave room for them. */
static const char *option_name(const struct option *o, const char *device, bool briefs, char *text, size_t size) {
  snprintf(text, size, "%s--%s%s%s%s", briefs ? "      " : "  ", o->name, device, o->value ? "=" : "",
           o->value ? o->value : "");
  return text;
}

static const char *argument_name(const struct manifest_argument *a, bool briefs, char *text, size_t size) {
  if (a->brief[0]) snprintf(text, size, "  -%s, --%s", a->brief, a->name);
  else snprintf(text, size, "%s--%s", briefs ? "      " : "  ", a->name);
  return text;
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static void print_arguments(const struct manifest *m, bool briefs) {
  char name[128];
  static char text[3 * 4096 * 4];
  size_t indent = 0;
  if (m->argument_count == 0) return;
  printf("\nArguments of %s:\n", m->name);
  for (size_t i = 0; i < m->argument_count; i++)
    indent = larger(indent, strlen(argument_name(&m->arguments[i], briefs, name, sizeof name)) + 2);
  for (size_t i = 0; i < m->argument_count; i++) {
    const struct manifest_argument *a = &m->arguments[i];
    bool plain = a->type == ARGUMENT_FLAG || a->type == ARGUMENT_BOOL || a->type == ARGUMENT_STRING;
    int length = snprintf(text, sizeof text, "%s", a->doc);
    if (!plain) length += snprintf(text + length, sizeof text - (size_t)length, " (%s)", argument_forms[a->type]);
    if (a->preset[0]) snprintf(text + length, sizeof text - (size_t)length, " [default: %s]", a->preset);
    /* Without a text of its own, no space leads. */
    print_entry(argument_name(a, briefs, name, sizeof name), text + (text[0] == ' '), indent);
  }
}

void print_help(const struct manifest *m) {
  char name[128];
  size_t indent = 0;
  bool briefs = false;
  for (size_t i = 0; m && i < m->argument_count; i++) briefs |= m->arguments[i].brief[0] != 0;
  printf("tender [options] [--] IMAGE.wasm [--] [image arguments]\n\nRuns an image in a sandbox.\n\n"
         "Devices (NAME may be left out where the image has one device of the kind):\n");
  for (int i = 0; i < DEVICE_OPTIONS; i++)
    indent = larger(indent, strlen(option_name(&device_options[i].option, "[:NAME]", briefs, name, sizeof name)) + 2);
  for (int i = 0; i < DEVICE_OPTIONS; i++)
    print_entry(option_name(&device_options[i].option, "[:NAME]", briefs, name, sizeof name),
                device_options[i].option.help, indent);
  printf("\nOptions:\n");
  indent = 0;
  for (int i = 0; i < OPTIONS; i++)
    indent = larger(indent, strlen(option_name(&general_options[i], "", briefs, name, sizeof name)) + 2);
  for (int i = 0; i < OPTIONS; i++)
    print_entry(option_name(&general_options[i], "", briefs, name, sizeof name), general_options[i].help, indent);
  if (m) print_arguments(m, briefs);
}

#define NAME(s) (int)(s).length, (const char *)(s).bytes

void print_describe(const struct image *image) {
  const struct manifest *m = &image->manifest;
  const struct wasm *w = &image->wasm;
  char text[200];
  printf("%s %s\nABI version  %u\nbuild        %s\nsize         %zu bytes\nmemory       %s", m->name, m->version,
         m->abi, m->build, image->file.length, format_memory(m->memory_initial, text, sizeof text));
  if (m->memory_maximum != WASM_PAGES_MAX)
    printf(", at most %s", format_memory(m->memory_maximum, text, sizeof text));
  printf("\ndevices:\n%s", m->device_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < m->device_count; i++)
    printf("  %s (%s)\n", m->devices[i].name, device_kind_names[m->devices[i].kind]);
  printf("arguments:\n%s", m->argument_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < m->argument_count; i++) {
    const struct manifest_argument *a = &m->arguments[i];
    printf("  --%s%s%s (%s, default \"%s\"): %s\n", a->name, a->brief[0] ? ", -" : "", a->brief,
           argument_type_names[a->type], a->preset, a->doc);
  }
  printf("imports:\n%s", w->import_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < w->import_count; i++)
    printf("  %.*s.%.*s %s\n", NAME(w->imports[i].module), NAME(w->imports[i].name),
           wasm_spell(w->imports[i].type, text, sizeof text));
  printf("exports:\n%s", w->export_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < w->export_count; i++)
    printf("  %.*s %s\n", NAME(w->exports[i].name), wasm_spell(w->exports[i].type, text, sizeof text));
  printf("sections:\n%s", w->section_count == 0 ? "  none\n" : "");
  for (size_t i = 0; i < w->section_count; i++) {
    struct span name = wasm_section_name(&w->sections[i], text, sizeof text);
    printf("  %.*s (%zu bytes)\n", NAME(name), w->sections[i].content.length);
  }
}
