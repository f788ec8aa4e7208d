/*
 * The manifest: what an image needs and takes. JSON in one canonical form, so that this grammar is small; defined in
 * runtime/abi/manifest.ts, whose reader gives the same answers (test/tender/manifest.test.ts holds both to it).
 */
#ifndef FATA_MANIFEST_H
#define FATA_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

#define MANIFEST_SECTION "fata.manifest"
/* Longest manifest in bytes. */
#define MANIFEST_MAX 65536u
#define MANIFEST_DEVICES_MAX 63u
#define MANIFEST_ARGUMENTS_MAX 256u

enum device_kind { DEVICE_NETWORK, DEVICE_BLOCK, DEVICE_KINDS };

enum argument_type {
  ARGUMENT_STRING,
  ARGUMENT_I32,
  ARGUMENT_PORT,
  ARGUMENT_DURATION,
  ARGUMENT_IPV4,
  ARGUMENT_IPV4_PREFIX,
  ARGUMENT_IPV6,
  ARGUMENT_IPV6_PREFIX,
  /* Of those above there are lists, too. */
  ARGUMENT_LISTED,
  ARGUMENT_BOOL = ARGUMENT_LISTED,
  ARGUMENT_FLAG,
  ARGUMENT_LOG_LEVELS,
  ARGUMENT_TYPES,
};

struct manifest_device {
  const char *name;
  enum device_kind kind;
  /* Offloads that the image may use, of a network device: FATA_NET_F_*. */
  uint32_t offload;
};

struct manifest_argument {
  const char *name;
  /* One letter or none. */
  const char *brief;
  enum argument_type type;
  /* Whether it is a list of values of the type. */
  bool list;
  const char *preset, *doc;
};

/* Texts end with a zero; one in the manifest itself is refused. */
struct manifest {
  uint32_t abi;
  const char *name, *version, *build;
  struct manifest_device devices[MANIFEST_DEVICES_MAX];
  size_t device_count;
  /* Pages of 64 KiB. */
  uint32_t memory_initial, memory_maximum;
  struct manifest_argument arguments[MANIFEST_ARGUMENTS_MAX];
  size_t argument_count;
};

extern const char *const device_kind_names[DEVICE_KINDS];
extern const char *const argument_type_names[ARGUMENT_TYPES];

/* What a value of each type looks like, for messages: "expected ...". LIST_FORM stands before that of a list. */
extern const char *const argument_forms[ARGUMENT_TYPES];
#define LIST_FORM "a list with commas between, each "
#define LIST_SUFFIX "-list"

/* Whether the first `length` bytes may name a device, an argument or an image. */
bool manifest_is_name(const char *text, size_t length);

/* Whether `text` is a value of an argument. The empty text is one where the default is empty: it means "none";
   and of a list. */
bool manifest_is_value(const struct manifest_argument *argument, const char *text);

/* Reads a manifest. Returns 0, or -1 with what is wrong told. `m` keeps memory that this takes. */
int manifest_read(struct manifest *m, const void *bytes, size_t length, struct failure *failure);

#endif
