#define _GNU_SOURCE
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers of older kernels lack it; the number is the same on all architectures. */
#define CLOSE_RANGE 436

bool descriptors_standard(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    /* open() gives the lowest number that is free. */
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0) return false;
  }
  return true;
}

static void close_from(unsigned first) {
  struct rlimit limit;
  if (syscall(CLOSE_RANGE, first, ~0u, 0) == 0) return;
  /* Before Linux 5.9. */
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  for (unsigned fd = first; fd < limit.rlim_cur; fd++) close((int)fd);
}

static int too_few(struct failure *failure) {
  return FAIL(failure, "cannot arrange descriptors: %s; allow more of them: ulimit -n 1024", strerror(errno));
}

int descriptors_arrange(struct fata_guest *g, struct failure *failure) {
  int *list[3 * DEVICES_MAX], count = 0;
  for (unsigned i = 0; i < g->net_count; i++) list[count++] = &g->nets[i].tap.fd;
  for (unsigned i = 0; i < g->block_count; i++) list[count++] = &g->blocks[i].disk.fd;
  for (unsigned i = 0; i < g->block_count; i++)
    if (g->blocks[i].disk.direct_fd >= 0) list[count++] = &g->blocks[i].disk.direct_fd;
  int last = DESCRIPTORS_FIRST + count;
  /* First out of the way, for a number may be both taken and wanted; two devices may share a descriptor. */
  for (int i = 0; i < count; i++) {
    *list[i] = fcntl(*list[i], F_DUPFD_CLOEXEC, last);
    if (*list[i] < 0) return too_few(failure);
  }
  for (int i = 0; i < count; i++) {
    *list[i] = dup3(*list[i], DESCRIPTORS_FIRST + i, O_CLOEXEC);
    if (*list[i] < 0) return too_few(failure);
  }
  close_from((unsigned)last);
  return 0;
}
