/* A second wall behind seccomp: no path can be opened. Kernels without Landlock go without. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

/* System calls and structures as in linux/landlock.h, which older headers lack in part. */
#define CREATE_RULESET 444
#define RESTRICT_SELF 446
#define VERSION_FLAG 1u

struct ruleset {
  uint64_t filesystem;
  uint64_t network;
  /* From version 6: abstract Unix sockets of others, signals to others. */
  uint64_t scoped;
};

/* Access rights to files that each version of Landlock knows: the first 13, REFER, TRUNCATE, IOCTL_DEV. */
static uint64_t filesystem_rights(long version) {
  if (version >= 5) return 0xffff;
  if (version >= 3) return 0x7fff;
  return version == 2 ? 0x3fff : 0x1fff;
}

int landlock_enter(struct failure *failure) {
  long version = syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);
  if (version < 1) return 0;
  /* All rights are handled and no rule grants any. From version 4: binding and connecting TCP. */
  struct ruleset rules = {.filesystem = filesystem_rights(version), .network = 3, .scoped = 3};
  size_t size = version >= 6 ? sizeof rules : version >= 4 ? offsetof(struct ruleset, scoped) : sizeof rules.filesystem;
  int fd = (int)syscall(CREATE_RULESET, &rules, size, 0);
  if (fd < 0 || syscall(RESTRICT_SELF, fd, 0) < 0)
    return FAIL(failure, "cannot enter the Landlock sandbox: %s; run without: --no-sandbox", strerror(errno));
  close(fd);
  return 0;
}
