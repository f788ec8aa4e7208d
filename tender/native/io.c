#define _GNU_SOURCE
#include "io.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

/* Takes what came of a trial. `context` is an int32_t. */
static void tried(void *context, uint64_t number, int32_t result) {
  (void)number;
  *(int32_t *)context = result;
}

/*
 * Whether a descriptor can be read without waiting: not where its file system or driver has to be asked in another way. A
 * read of no bytes takes nothing from it.
 */
static bool reads_at_once(struct uring *u, int file) {
  int32_t result = -ENODATA;
  u->done[URING_NET] = tried;
  u->context[URING_NET] = &result;
  struct io_uring_sqe *request = uring_prepare(u, IORING_OP_READ, file, URING_TAG(URING_NET, 0));
  request->off = UINT64_MAX;
  request->rw_flags = RWF_NOWAIT;
  uring_enter(u);
  return result == 0 || result == -EAGAIN;
}

/* A disk of which the ring would ask a thread of the kernel's at each read is left to threads of its own. */
static void start_block(struct fata_guest *g, unsigned number, int file, int direct_file) {
  struct block *b = &g->blocks[number];
  b->ring = &g->ring;
  b->number = number;
  if (!reads_at_once(&g->ring, file)) return;
  b->disk.file = file;
  if (b->disk.direct_fd >= 0) b->disk.direct_file = direct_file;
}

/* The files are the network devices, then the disks, then those past the host's memory. */
static int start(struct fata_guest *g, struct failure *failure) {
  int files[3 * DEVICES_MAX];
  unsigned count = 0;
  for (unsigned i = 0; i < g->net_count; i++) files[count++] = g->nets[i].tap.fd;
  for (unsigned i = 0; i < g->block_count; i++) files[count++] = g->blocks[i].disk.fd;
  unsigned direct = count;
  for (unsigned i = 0; i < g->block_count; i++)
    if (g->blocks[i].disk.direct_fd >= 0) files[count++] = g->blocks[i].disk.direct_fd;
  if (uring_open(&g->ring, g->block_count > 0, failure) < 0) return -1;
  if (uring_start(&g->ring, files, count, failure) < 0) return -1;
  for (unsigned i = 0; i < g->net_count; i++) {
    struct tap *tap = &g->nets[i].tap;
    /* A socket may have no room for one frame and then some for the next, which would go first. */
    if (!tap->socket && reads_at_once(&g->ring, (int)i)) tap->file = (int)i;
  }
  for (unsigned i = 0; i < g->block_count; i++) {
    start_block(g, i, (int)(g->net_count + i), (int)direct);
    direct += g->blocks[i].disk.direct_fd >= 0;
  }
  g->ring.done[URING_BLOCK] = block_uring_done;
  g->ring.context[URING_BLOCK] = g->blocks;
  g->ring.done[URING_NET] = batch_done;
  g->ring.context[URING_NET] = &g->batch;
  return 0;
}

static bool has_use(const struct fata_guest *g) {
  if (g->block_count > 0) return true;
  for (unsigned i = 0; i < g->net_count; i++)
    if (!g->nets[i].tap.socket) return true;
  return false;
}

int io_choose(struct fata_guest *g, const char *how, char *why, size_t size, struct failure *failure) {
  bool automatic = strcmp(how, "auto") == 0;
  g->ring.fd = -1;
  text_format(why, size, automatic ? "io_uring can be had" : "--io=%s", how);
  if (strcmp(how, "rw") == 0) return 0;
  if (automatic && !has_use(g)) {
    text_format(why, size, "no device is a tap or a disk");
    return 0;
  }
  if (start(g, failure) == 0) return 0;
  text_format(why, size, "not uring: %s", failure->text);
  return automatic ? 0 : -1;
}

const char *io_name(const struct fata_guest *g) {
  return g->ring.fd < 0 ? "rw" : "uring";
}
