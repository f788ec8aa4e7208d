/*
 * The command line of the native tender: the same options, arguments, messages and exit statuses as the Node tender's
 * (tender/options.ts, arguments.ts, devices/, help.ts, describe.ts); the tests under test/tender run against both.
 */
#ifndef FATA_COMMAND_H
#define FATA_COMMAND_H

#include "image.h"
#include "tender.h"

/* Exit statuses besides the guest's own, after sysexits.h; tender/errors.ts. */
enum { STATUS_USAGE = 64, STATUS_IMAGE = 65, STATUS_DEVICE = 66, STATUS_TRAP = 70, STATUS_SANDBOX = 71 };

/* Ends the tender with a line on standard error. */
__attribute__((format(printf, 2, 3), cold)) _Noreturn void refuse(int status, const char *format, ...);

/* A line on standard error that ends nothing. */
void warn(const char *text);

/* An option as the help shows it. */
struct option {
  const char *name;
  /* How the value is written; without it the option takes none. In brackets: may be left out, and is no word of its own. */
  const char *value;
  const char *help;
};

enum {
  OPTION_MEM,
  OPTION_ISOLATION,
  OPTION_NO_SANDBOX,
  OPTION_QUIET,
  OPTION_STATS,
  OPTION_BUSY_POLL,
  OPTION_IO,
  OPTION_EXPLAIN,
  OPTION_DESCRIBE,
  OPTION_HELP,
  OPTION_VERSION,
  OPTIONS,
};
extern const struct option general_options[OPTIONS];

/* Options of devices. The first one of a kind attaches the device. */
struct device_option {
  struct option option;
  enum device_kind kind;
};
enum { OPTION_NET, OPTION_NET_MAC, OPTION_NET_OFFLOAD, OPTION_DISK, DEVICE_OPTIONS };
extern const struct device_option device_options[DEVICE_OPTIONS];

/* A device option as it was given. */
struct given {
  /* Index into device_options. */
  int option;
  /* The device that was named, or NULL. */
  const char *device;
  const char *value;
};

struct command {
  /* Pages of 64 KiB. */
  uint32_t memory;
  /* Microseconds. */
  uint32_t busy_poll;
  /* auto, seccomp or kvm. */
  const char *isolation;
  /* auto, uring or rw. */
  const char *io;
  bool no_sandbox, quiet, stats, stats_json, explain, describe, help, version;
  struct given *given;
  size_t given_count;
  /* NULL where none is named. */
  const char *image;
  /* What follows the image, ends with NULL. */
  char **rest;
};

/* Reads the command line. `words` ends with NULL and is without the program's name. */
void read_command(struct command *c, char **words);

/* Reads the image's own arguments: each normalised to --name=value, with a zero behind. */
const char *read_arguments(const struct manifest *m, char **words, size_t *count);

/* Opens all devices of an image; prints warnings unless `quiet`. */
void attach_devices(struct fata_guest *g, const struct manifest *m, const struct command *c);

/* "; did you mean --mem?", or nothing. Remembers the best of the candidates that it is given one by one. */
struct nearest {
  const char *word;
  char best[80];
  size_t distance;
};
void nearest_start(struct nearest *n, const char *word);
void nearest_try(struct nearest *n, const char *prefix, const char *candidate);

/* A number of pages as --mem takes it. */
const char *format_memory(uint32_t pages, char *text, size_t size);

/* To `out`, to its end. */
void print_help(struct text *out, const struct manifest *m);
void print_describe(struct text *out, const struct image *image);

#endif
