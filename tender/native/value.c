/* Values of image arguments, by type. */
#include <string.h>

#include "manifest.h"
#include "utf8.h"

#define LENGTH_MAX 4096

const char *const argument_type_names[ARGUMENT_TYPES] = {
    "string", "i32", "bool", "flag", "port", "ipv4", "ipv4-prefix", "log-levels",
};

const char *const argument_forms[ARGUMENT_TYPES] = {
    "a text of at most 4096 characters",
    "a whole number from -2147483648 to 2147483647",
    "true or false",
    "true or false",
    "a port from 1 to 65535",
    "an IPv4 address such as 10.0.0.1",
    "an IPv4 address and prefix length such as 10.0.0.2/24",
    "quiet, error, warning, info, debug or SOURCE:LEVEL, with commas between, such as info,arp:debug",
};

/* Digits without needless zeros in front, up to `max`. Leaves `*text` behind them. */
static bool read_number(const char **text, uint64_t max) {
  const char *start = *text;
  uint64_t value;
  return text_number(text, max, &value) && (*start != '0' || *text - start == 1);
}

static bool is_i32(const char *text) {
  bool negative = *text == '-';
  text += negative;
  if (negative && *text == '0') return false;
  return read_number(&text, negative ? 2147483648u : 2147483647u) && *text == 0;
}

static bool is_ipv4(const char *text, bool prefix) {
  for (int i = 0; i < 4; i++) {
    if (i > 0 && *text++ != '.') return false;
    if (!read_number(&text, 255)) return false;
  }
  if (prefix && (*text++ != '/' || !read_number(&text, 32))) return false;
  return *text == 0;
}

/* `text` has `length` bytes: LEVEL or SOURCE:LEVEL. */
static bool is_log_level(const char *text, size_t length) {
  static const char *const levels[] = {"quiet", "error", "warning", "info", "debug"};
  const char *colon = memchr(text, ':', length);
  if (colon == text) return false;
  if (colon) {
    length -= (size_t)(colon + 1 - text);
    text = colon + 1;
  }
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (strlen(levels[i]) == length && memcmp(levels[i], text, length) == 0) return true;
  return false;
}

/* Unicode has two more. */
static bool has_line_break(const char *text) {
  for (; *text; text++) {
    if (*text == '\n' || *text == '\r') return true;
    if (strncmp(text, "\u2028", 3) == 0 || strncmp(text, "\u2029", 3) == 0) return true;
  }
  return false;
}

static bool is_log_levels(const char *text) {
  if (has_line_break(text)) return false;
  for (;;) {
    size_t length = strcspn(text, ",");
    if (!is_log_level(text, length)) return false;
    if (text[length] == 0) return true;
    text += length + 1;
  }
}

bool manifest_is_value(const struct manifest_argument *argument, const char *text) {
  size_t units;
  if (*text == 0 && argument->preset[0] == 0) return true;
  if (!utf8_check(text, strlen(text), &units) || units > LENGTH_MAX) return false;
  switch (argument->type) {
    case ARGUMENT_STRING:
      return true;
    case ARGUMENT_I32:
      return is_i32(text);
    case ARGUMENT_BOOL:
    case ARGUMENT_FLAG:
      return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case ARGUMENT_PORT:
      return *text != '0' && read_number(&text, 65535) && *text == 0;
    case ARGUMENT_IPV4:
    case ARGUMENT_IPV4_PREFIX:
      return is_ipv4(text, argument->type == ARGUMENT_IPV4_PREFIX);
    default:
      return is_log_levels(text);
  }
}
