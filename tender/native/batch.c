#define _GNU_SOURCE
#include "batch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

int batch_open(struct batch *b, struct failure *failure) {
  if (b->bounces) return 0;
  b->bounces = mmap(NULL, (size_t)BATCH_BOUNCES * FATA_NET_FRAME_MAX, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (b->bounces != MAP_FAILED) return 0;
  b->bounces = NULL;
  return FAIL(failure, "no memory for frames: %s", strerror(errno));
}

/* What a tap that has said "not now" need not be asked again in this batch. */
struct asked {
  const struct tap *empty, *full;
};

static ssize_t carry_out(const struct operation *o, struct asked *asked) {
  struct tap *tap = o->tap;
  const struct tap **said = o->write ? &asked->full : &asked->empty;
  if (tap->gone) return TAP_DROPPED;
  if (*said == tap) return TAP_AGAIN;
  /* What was written before goes out before a read may show that the connection is over. */
  if (!o->write) tap_flush(tap);
  ssize_t result = o->write ? tap_write(tap, o->pieces, (int)o->count) : tap_read(tap, o->pieces, (int)o->count);
  if (result == TAP_AGAIN) *said = tap;
  return result;
}

/* Since RWF_NOWAIT, the kernel carries it out when it is submitted, or says EAGAIN; else it would poll and try again. */
static void submit(struct operation *o, unsigned number, struct uring *u) {
  bool one = o->count == 1;
  uint8_t operation = o->write ? (one ? IORING_OP_WRITE : IORING_OP_WRITEV) : (one ? IORING_OP_READ : IORING_OP_READV);
  struct io_uring_sqe *request = uring_prepare(u, operation, o->tap->file, URING_TAG(URING_NET, number));
  request->addr = (uint64_t)(uintptr_t)(one ? o->pieces->iov_base : o->pieces);
  request->len = one ? (uint32_t)o->pieces->iov_len : o->count;
  request->off = UINT64_MAX;
  request->rw_flags = RWF_NOWAIT;
  /* What holds of it when nothing is said. */
  o->result = o->write ? (ssize_t)o->length : -EAGAIN;
  if (o->write && u->skip) request->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

void batch_done(void *batch, uint64_t number, int32_t result) {
  struct batch *b = batch;
  if (number < b->count) b->operations[number].result = result;
}

void batch_run(struct batch *b, struct uring *u) {
  struct asked asked = {NULL, NULL};
  bool few = b->count <= URING_FEW;
  for (unsigned i = 0; i < b->count; i++) {
    struct operation *o = &b->operations[i];
    if (o->settled) continue;
    if (few || o->tap->file < 0) o->result = carry_out(o, &asked);
    else submit(o, i, u);
  }
  if (!u) return;
  /* Requests of disks, too, if there are any. */
  uring_enter(u);
  if (few) return;
  for (unsigned i = 0; i < b->count; i++) {
    struct operation *o = &b->operations[i];
    if (o->settled || o->tap->file < 0) continue;
    o->result = tap_outcome(o->tap, o->write, o->result);
  }
}
