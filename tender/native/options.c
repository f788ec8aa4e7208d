#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "console.h"
#include "printable.h"

const struct option general_options[OPTIONS] = {
    {"mem", "SIZE", "Most memory of the guest: 512K, 64M, 1G; a bare number is MiB (default: 64M)."},
    {"isolation", "HOW", "auto, v8, seccomp or kvm (default: auto). This tender has seccomp and kvm."},
    {"no-sandbox", NULL, "Do not lock the process down. For debugging only."},
    {"quiet", NULL, "No warnings."},
    {"stats", "[json]", "At the end, print what the devices and the loop have done; SIGUSR1 prints it at any time."},
    {"busy-poll", "USEC", "Microseconds to go on looking for frames before sleeping: latency for CPU time (default: 0)."},
    {"io", "HOW", "auto, uring or rw (default: auto): devices are read and written on an io_uring, or call by call."},
    {"explain", NULL, "Print how the image would be isolated and what it would be given, and do not run it."},
    {"describe", NULL, "Print what the image is, needs and takes, and do not run it."},
    {"help", NULL, "Print this, and the image's own arguments when an image is given."},
    {"version", NULL, "Print the version."},
};

const struct device_option device_options[DEVICE_OPTIONS] = {
    {{"net", "TAP|@FD|unix:PATH", "Network device: a tap, a descriptor, or a socket such as passt's."},
     DEVICE_NETWORK},
    {{"net-mac", "MAC", "Its Ethernet address; by default a random one."}, DEVICE_NETWORK},
    {{"net-offload", "on|off", "Leave checksums and segments to the host where image and tap can (default: on)."},
     DEVICE_NETWORK},
    {{"disk", "FILE[,ro][,direct]", "Block device: a file; ro: read-only, direct: past the host's memory (also: --block)."}, DEVICE_BLOCK},
};

#define DEFAULT_MEMORY "64M"

/* Most microseconds of --busy-poll. */
#define BUSY_POLL_MAX 1000000u

void refuse(int status, const char *format, ...) {
  /* What does not fit is cut off: arguments may be long, but no reader of theirs has so much patience. */
  static char text[32768], line[sizeof text];
  struct text t = {text, sizeof text, 0, NULL};
  va_list list;
  va_start(list, format);
  text_add_list(&t, format, list);
  va_end(list);
  printable(line, sizeof line, text, t.length);
  console_message(line);
  _exit(status);
}

void warn(const char *text) {
  static char line[sizeof(struct failure) + 16];
  text_format(line, sizeof line, "warning: %s", text);
  console_message(line);
}

/* Pages of 64 KiB that the text of --mem stands for. */
static uint32_t parse_memory(const char *text) {
  size_t digits = strspn(text, "0123456789");
  const char *unit = text + digits;
  const char *known = *unit ? strchr("KkMmGg", *unit) : "M";
  if (digits < 1 || digits > 12 || !known || (*unit && unit[1]))
    refuse(STATUS_USAGE, "--mem=%s: expected a size such as 64M, 512K or 1G", text);
  const char *rest = text;
  uint64_t number;
  text_number(&rest, UINT64_MAX, &number);
  char letter = *known & ~0x20;
  uint64_t pages = letter == 'K' ? number / 64 : number * (letter == 'M' ? 16 : 16384);
  if (pages < 1) refuse(STATUS_USAGE, "--mem=%s is too small: the least is 64K", text);
  if (pages > WASM_PAGES_MAX) refuse(STATUS_USAGE, "--mem=%s is too large: the most is 4G", text);
  return (uint32_t)pages;
}

const char *format_memory(uint32_t pages, char *text, size_t size) {
  text_format(text, size, pages % 16 == 0 ? "%uM" : "%uK", pages % 16 == 0 ? pages / 16 : pages * 64);
  return text;
}

static uint32_t parse_busy_poll(const char *text) {
  const char *rest = text;
  uint64_t number;
  if (strspn(text, "0123456789") > 7 || !text_number(&rest, BUSY_POLL_MAX, &number) || *rest)
    refuse(STATUS_USAGE, "--busy-poll=%s: expected microseconds, up to %u", text, BUSY_POLL_MAX);
  return (uint32_t)number;
}

static _Noreturn void unknown(const char *word) {
  struct nearest n;
  size_t length = strcspn(word, ":=");
  char *written = strndup(word, length);
  nearest_start(&n, written);
  for (int i = 0; i < OPTIONS; i++) nearest_try(&n, "--", general_options[i].name);
  for (int i = 0; i < DEVICE_OPTIONS; i++) nearest_try(&n, "--", device_options[i].option.name);
  if (n.best[0]) refuse(STATUS_USAGE, "there is no option %s; did you mean %s?", written, n.best);
  refuse(STATUS_USAGE, "there is no option %s; see tender --help (an image's own arguments stand after it)",
         written);
}

/* --NAME, --NAME:DEVICE, each with or without =VALUE. */
struct word {
  char *name;
  const char *device, *value;
};

/* Splits a word; false where it has not the form of an option. */
static bool split(const char *text, struct word *w) {
  if (strncmp(text, "--", 2) != 0) return false;
  const char *name = text + 2;
  size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz-");
  const char *at = name + length;
  *w = (struct word){0};
  if (length == 0 || name[0] == '-') return false;
  w->name = strndup(name, length);
  if (*at == ':') {
    size_t device = strcspn(++at, "=");
    w->device = strndup(at, device);
    at += device;
  }
  if (*at == '=') w->value = at + 1;
  else if (*at) return false;
  return true;
}

static int find_general(const struct word *w) {
  for (int i = 0; i < OPTIONS; i++) {
    if (strcmp(general_options[i].name, w->name) != 0) continue;
    if (w->device) refuse(STATUS_USAGE, "--%s is not an option of a device; leave out :%s", w->name, w->device);
    return i;
  }
  return -1;
}

static int find_device(const struct word *w) {
  const char *name = strcmp(w->name, "block") == 0 ? device_options[OPTION_DISK].option.name : w->name;
  for (int i = 0; i < DEVICE_OPTIONS; i++)
    if (strcmp(device_options[i].option.name, name) == 0) return i;
  return -1;
}

static void add_given(struct command *c, struct given given) {
  /* Each time twice the room: what is outgrown is lost in an arena. */
  if ((c->given_count & (c->given_count - 1)) == 0) {
    c->given = realloc(c->given, (c->given_count == 0 ? 1 : 2 * c->given_count) * sizeof *c->given);
    if (!c->given) refuse(STATUS_USAGE, "there is no memory for so many options");
  }
  c->given[c->given_count++] = given;
}

static const char *check_io(const char *how) {
  if (!how) return "auto";
  if (strcmp(how, "auto") == 0 || strcmp(how, "uring") == 0 || strcmp(how, "rw") == 0) return how;
  refuse(STATUS_USAGE, "--io=%s: expected auto, uring or rw", how);
}

static const char *check_isolation(const char *how) {
  if (!how) return "auto";
  if (strcmp(how, "auto") == 0 || strcmp(how, "seccomp") == 0 || strcmp(how, "kvm") == 0) return how;
  if (strcmp(how, "v8") == 0)
    refuse(STATUS_USAGE, "--isolation=v8: this tender has only seccomp and kvm; leave the option out");
  refuse(STATUS_USAGE, "--isolation=%s: expected auto, v8, seccomp or kvm", how);
}

void read_command(struct command *c, char **words) {
  const char *general[OPTIONS] = {0};
  *c = (struct command){0};
  for (; *words && words[0][0] == '-' && words[0][1] && strcmp(*words, "--") != 0; words++) {
    struct word w;
    if (!split(*words, &w)) unknown(*words);
    int option = find_general(&w), device = option < 0 ? find_device(&w) : -1;
    if (option < 0 && device < 0) unknown(*words);
    bool takes = device >= 0 || general_options[option].value;
    bool optional = option == OPTION_STATS;
    if (!takes && w.value) refuse(STATUS_USAGE, "--%s takes no value", w.name);
    const char *word = *words;
    if (takes && !optional && !w.value && words[1]) w.value = *++words;
    if (takes && (w.value ? !*w.value : !optional)) refuse(STATUS_USAGE, "%s needs a value", word);
    if (device >= 0) add_given(c, (struct given){device, w.device, w.value});
    else if (general[option]) refuse(STATUS_USAGE, "--%s is given twice", w.name);
    else general[option] = w.value ? w.value : "";
  }
  if (*words && strcmp(*words, "--") == 0) words++;
  c->image = *words;
  if (*words) words++;
  if (*words && strcmp(*words, "--") == 0) words++;
  c->rest = words;
  c->isolation = check_isolation(general[OPTION_ISOLATION]);
  c->io = check_io(general[OPTION_IO]);
  c->stats = general[OPTION_STATS];
  c->stats_json = c->stats && *general[OPTION_STATS];
  if (c->stats_json && strcmp(general[OPTION_STATS], "json") != 0)
    refuse(STATUS_USAGE, "--stats=%s: expected json, or --stats alone", general[OPTION_STATS]);
  c->busy_poll = parse_busy_poll(general[OPTION_BUSY_POLL] ? general[OPTION_BUSY_POLL] : "0");
  c->memory = parse_memory(general[OPTION_MEM] ? general[OPTION_MEM] : DEFAULT_MEMORY);
  c->no_sandbox = general[OPTION_NO_SANDBOX];
  c->quiet = general[OPTION_QUIET];
  c->explain = general[OPTION_EXPLAIN];
  c->describe = general[OPTION_DESCRIBE];
  c->help = general[OPTION_HELP];
  c->version = general[OPTION_VERSION];
}
