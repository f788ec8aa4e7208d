#include <stdlib.h>
#include <string.h>

#include "command.h"

/* What a word of the image's arguments is about. */
struct found {
  const struct manifest_argument *argument;
  /* What stands in the same word, or NULL. */
  const char *value;
  /* --no-NAME */
  bool negated;
};

static bool is_switch(const struct manifest_argument *a) {
  return a->type == ARGUMENT_FLAG || a->type == ARGUMENT_BOOL;
}

static bool same(const char *name, size_t length, const char *argument) {
  return strlen(argument) == length && memcmp(name, argument, length) == 0;
}

static struct found find_long(const struct manifest *m, const char *name) {
  struct found f = {0};
  size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
  if (length == 0 || name[0] < 'a' || name[0] > 'z' || (name[length] && name[length] != '=')) return f;
  if (name[length] == '=') f.value = name + length + 1;
  for (size_t i = 0; i < m->argument_count && !f.argument; i++)
    if (same(name, length, m->arguments[i].name)) f.argument = &m->arguments[i];
  if (f.argument || length < 3 || memcmp(name, "no-", 3) != 0) return f;
  for (size_t i = 0; i < m->argument_count && !f.argument; i++)
    if (is_switch(&m->arguments[i]) && same(name + 3, length - 3, m->arguments[i].name)) f.argument = &m->arguments[i];
  f.negated = true;
  return f;
}

static struct found find(const struct manifest *m, const char *word) {
  struct found f = {0};
  if (strncmp(word, "--", 2) == 0) return find_long(m, word + 2);
  if (word[0] != '-' || !word[1]) return f;
  for (size_t i = 0; i < m->argument_count; i++)
    if (m->arguments[i].brief[0] == word[1]) f.argument = &m->arguments[i];
  if (word[2]) f.value = word + 2;
  return f;
}

static bool is_own_option(const char *name) {
  for (int i = 0; i < OPTIONS; i++)
    if (strcmp(name, general_options[i].name) == 0) return true;
  for (int i = 0; i < DEVICE_OPTIONS; i++)
    if (strcmp(name, device_options[i].option.name) == 0) return true;
  return false;
}

static _Noreturn void unknown(const struct manifest *m, const char *word) {
  char *name = strndup(word, strcspn(word, "="));
  if (word[0] != '-')
    refuse(STATUS_USAGE, "\"%s\" is not an argument of %s; they are given as --name=value", word, m->name);
  if (strncmp(name, "--", 2) == 0 && is_own_option(name + 2))
    refuse(STATUS_USAGE, "%s is an option of the tender, which stands before the image", name);
  struct nearest n;
  nearest_start(&n, name);
  for (size_t i = 0; i < m->argument_count; i++) nearest_try(&n, "--", m->arguments[i].name);
  if (n.best[0]) refuse(STATUS_USAGE, "%s has no argument %s; did you mean %s?", m->name, name, n.best);
  if (m->argument_count == 0) refuse(STATUS_USAGE, "%s has no argument %s; it has none", m->name, name);
  static char list[6000];
  size_t length = 0;
  for (size_t i = 0; i < m->argument_count && length < sizeof list - 80; i++)
    length += text_format(list + length, sizeof list - length, "%s--%s", i > 0 ? ", " : "",
                               m->arguments[i].name);
  refuse(STATUS_USAGE, "%s has no argument %s; it has %s", m->name, name, list);
}

const char *read_arguments(const struct manifest *m, char **words, size_t *count) {
  bool seen[MANIFEST_ARGUMENTS_MAX] = {false};
  char *list = NULL;
  size_t length = 0;
  for (*count = 0; *words; words++, ++*count) {
    const char *word = *words;
    struct found f = find(m, word);
    if (!f.argument) unknown(m, word);
    const char *value = f.value, *form = argument_forms[f.argument->type];
    const char *each = f.argument->list ? LIST_FORM : "";
    if (f.negated && value) refuse(STATUS_USAGE, "%s: a flag that is turned off takes no value", word);
    if (f.negated) value = "false";
    else if (!value && is_switch(f.argument)) value = "true";
    else if (!value && words[1]) value = *++words;
    if (!value) refuse(STATUS_USAGE, "%s needs a value: %s%s", word, each, form);
    if (!manifest_is_value(f.argument, value))
      refuse(STATUS_USAGE, "--%s: \"%s\" is not a value; expected %s%s", f.argument->name, value, each, form);
    bool *twice = &seen[f.argument - m->arguments];
    if (*twice) refuse(STATUS_USAGE, "--%s is given twice", f.argument->name);
    *twice = true;
    size_t room = strlen(f.argument->name) + strlen(value) + 4;
    list = realloc(list, length + room);
    if (!list) refuse(STATUS_USAGE, "there is no memory for the arguments");
    length += text_format(list + length, room, "--%s=%s", f.argument->name, value) + 1;
  }
  return list;
}
