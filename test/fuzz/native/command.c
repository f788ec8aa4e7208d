/* Target: the command line: words that end with zeros; options, then arguments of an image, then its devices. */
#include <stdlib.h>
#include <string.h>

#include "../../../tender/native/command.h"
#include "fuzz.h"

static const struct manifest manifest = {
    .name = "website",
    .devices = {{"service", DEVICE_NETWORK, FATA_NET_F_ALL}, {"disk", DEVICE_BLOCK, 0}, {"other", DEVICE_BLOCK, 0}},
    .device_count = 3,
    .arguments = {{"logs", "l", ARGUMENT_LOG_LEVELS, false, "info", ""},
                  {"text", "t", ARGUMENT_STRING, false, "", ""},
                  {"number", "n", ARGUMENT_I32, false, "-1", ""},
                  {"truth", "", ARGUMENT_BOOL, false, "true", ""},
                  {"flag", "f", ARGUMENT_FLAG, false, "false", ""},
                  {"port", "p", ARGUMENT_PORT, false, "80", ""},
                  {"address", "", ARGUMENT_IPV4, false, "", ""},
                  {"prefix", "", ARGUMENT_IPV4_PREFIX, false, "10.0.0.2/24", ""},
                  {"ports", "", ARGUMENT_PORT, true, "80,443", ""},
                  {"wait", "", ARGUMENT_DURATION, false, "1s", ""},
                  {"hosts", "", ARGUMENT_IPV6, true, "", ""},
                  {"net6", "", ARGUMENT_IPV6_PREFIX, false, "", ""}},
    .argument_count = 12,
};

#define WORDS_MAX 4096

/* Devices are not opened. */
int tender_add_net(struct fata_guest *g, const char *name, const char *target, const uint8_t *mac,
                   uint32_t offload, struct failure *failure) {
  (void)g, (void)offload, (void)failure;
  CHECK(strcmp(name, "service") == 0 && target && (!mac || (mac[0] & 1) == 0));
  return 0;
}

int tender_add_block(struct fata_guest *g, const char *name, const char *path, unsigned how,
                     struct failure *failure) {
  (void)g, (void)how, (void)failure;
  CHECK(name && path[0]);
  return 0;
}

static void check_arguments(const char *list, size_t count) {
  for (const char *word = list; count > 0; count--, word += strlen(word) + 1) {
    const struct manifest_argument *found = NULL;
    const char *equals = strchr(word, '=');
    CHECK(strncmp(word, "--", 2) == 0 && equals);
    for (size_t i = 0; i < manifest.argument_count; i++) {
      const struct manifest_argument *a = &manifest.arguments[i];
      if (strlen(a->name) == (size_t)(equals - word - 2) && memcmp(a->name, word + 2, strlen(a->name)) == 0) found = a;
    }
    CHECK(found && manifest_is_value(found, equals + 1));
  }
}

static void run(char **words) {
  static struct fata_guest guest;
  struct command c;
  size_t count;
  read_command(&c, words);
  accepted = true;
  CHECK(c.memory >= 1 && c.memory <= WASM_PAGES_MAX);
  if (!c.image) return;
  const char *list = read_arguments(&manifest, c.rest, &count);
  check_arguments(list, count);
  attach_devices(&guest, &manifest, &c);
}

void feed(const uint8_t *bytes, size_t length) {
  char *words[WORDS_MAX + 1], *text = malloc(length + 1);
  size_t count = 0;
  memcpy(text, bytes, length);
  text[length] = 0;
  for (char *word = text; word <= text + length && count < WORDS_MAX; word += strlen(word) + 1) words[count++] = word;
  words[count] = NULL;
  refusal[0] = 0;
  if (setjmp(refused) == 0) run(words);
  else CHECK(is_line(refusal));
}
