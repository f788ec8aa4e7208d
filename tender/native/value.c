/* Values of image arguments, by type. */
#include <string.h>

#include "manifest.h"
#include "utf8.h"

#define LENGTH_MAX 4096

const char *const argument_type_names[ARGUMENT_TYPES] = {
    "string", "i32", "port", "duration", "ipv4", "ipv4-prefix", "ipv6", "ipv6-prefix", "bool", "flag", "log-levels",
};

const char *const argument_forms[ARGUMENT_TYPES] = {
    "a text of at most 4096 characters",
    "a whole number from -2147483648 to 2147483647",
    "a port from 1 to 65535",
    "a duration of at most 36500d such as 500ms, 30s, 5m, 2h or 7d",
    "an IPv4 address such as 10.0.0.1",
    "an IPv4 address and prefix length such as 10.0.0.2/24",
    "an IPv6 address such as fd00::1",
    "an IPv6 address and prefix length such as fd00::2/64",
    "true or false",
    "true or false",
    "quiet, error, warning, info, debug or SOURCE:LEVEL, with commas between, such as info,arp:debug",
};

/* Those below leave `*text` behind what they have read. */

/* Digits without needless zeros in front, up to `max`. */
static bool read_number(const char **text, uint64_t max) {
  const char *start = *text;
  uint64_t value;
  return text_number(text, max, &value) && (*start != '0' || *text - start == 1);
}

static bool read_i32(const char **text) {
  bool negative = **text == '-';
  *text += negative;
  if (negative && **text == '0') return false;
  return read_number(text, negative ? 2147483648u : 2147483647u);
}

/* A hundred years: in nanoseconds they are a u64. */
#define DURATION_MAX_MS (36500 * UINT64_C(86400000))

static bool read_duration(const char **text) {
  static const struct {
    char name[4];
    uint32_t ms;
  } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    const char *at = *text;
    size_t length = strlen(units[i].name);
    if (!read_number(&at, DURATION_MAX_MS / units[i].ms) || strncmp(at, units[i].name, length) != 0) continue;
    *text = at + length;
    return true;
  }
  return false;
}

static bool read_ipv4(const char **text) {
  for (int i = 0; i < 4; i++) {
    if (i > 0 && *(*text)++ != '.') return false;
    if (!read_number(text, 255)) return false;
  }
  return true;
}

/* RFC 4291, 2.2: groups of hex digits, `::` for one or more groups of zeros, an IPv4 address for the last two. */
static bool read_ipv6(const char **text) {
  static const char hex[] = "0123456789abcdefABCDEF";
  const char *at = *text;
  int groups = 0;
  bool gap = at[0] == ':' && at[1] == ':';
  if (gap) at += 2;
  for (;;) {
    size_t digits = strspn(at, hex);
    /* Nothing can follow the colons only where they stand for zeros. */
    if (digits == 0 && gap && at[-1] == ':' && at[-2] == ':') break;
    if (at[digits] == '.') {
      if (!read_ipv4(&at)) return false;
      groups += 2;
      break;
    }
    if (digits < 1 || digits > 4) return false;
    groups++;
    at += digits;
    if (*at != ':') break;
    at++;
    if (*at != ':') continue;
    if (gap) return false;
    gap = true;
    at++;
  }
  *text = at;
  return gap ? groups < 8 : groups == 8;
}

/* A single value; not of type string. */
static bool read_single(enum argument_type type, const char **text) {
  switch (type) {
    case ARGUMENT_I32:
      return read_i32(text);
    case ARGUMENT_PORT:
      return **text != '0' && read_number(text, 65535);
    case ARGUMENT_DURATION:
      return read_duration(text);
    case ARGUMENT_IPV4:
      return read_ipv4(text);
    case ARGUMENT_IPV4_PREFIX:
      return read_ipv4(text) && *(*text)++ == '/' && read_number(text, 32);
    case ARGUMENT_IPV6:
      return read_ipv6(text);
    default:
      return read_ipv6(text) && *(*text)++ == '/' && read_number(text, 128);
  }
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
  enum argument_type type = argument->type;
  if (*text == 0 && (argument->list || argument->preset[0] == 0)) return true;
  if (!utf8_check(text, strlen(text), &units) || units > LENGTH_MAX) return false;
  if (type == ARGUMENT_LOG_LEVELS) return is_log_levels(text);
  if (type >= ARGUMENT_LISTED) return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
  if (type == ARGUMENT_STRING) return true;
  for (;; text++) {
    if (!read_single(type, &text)) return false;
    if (!argument->list || *text != ',') return *text == 0;
  }
}
