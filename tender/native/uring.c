#define _GNU_SOURCE
#include "uring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "console.h"
#include "sandbox.h"

/* The numbers are the same on all architectures. */
#define SETUP 425
#define ENTER 426
#define REGISTER 427

/* What headers of older kernels lack: since Linux 5.19, 6.0 and 6.1. */
#ifndef IORING_SETUP_COOP_TASKRUN
#define IORING_SETUP_COOP_TASKRUN (1u << 8)
#endif
#ifndef IORING_SETUP_TASKRUN_FLAG
#define IORING_SETUP_TASKRUN_FLAG (1u << 9)
#define IORING_SQ_TASKRUN (1u << 2)
#endif
#ifndef IORING_SETUP_SINGLE_ISSUER
#define IORING_SETUP_SINGLE_ISSUER (1u << 12)
#endif
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1u << 13)
#endif

/* The best first: completions that interrupt nobody. A kernel refuses what it does not know. */
static const uint32_t setups[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
    0,
};

static int tell_refused(struct failure *failure) {
  switch (errno) {
    case ENOSYS:
      return FAIL(failure, "this kernel has no io_uring; run without: --io=rw");
    case EPERM:
    case EACCES:
      return FAIL(failure, "io_uring is forbidden here; allow it (as root): sysctl kernel.io_uring_disabled=0; in a "
                  "container its seccomp profile may forbid it; or run without: --io=rw");
    case ENOMEM:
      return FAIL(failure, "no memory may be locked for io_uring; allow more: ulimit -l 1024; or run without: --io=rw");
    case EINVAL:
      return FAIL(failure, "this kernel's io_uring cannot be restricted, which Linux 5.10 brought; run without: --io=rw");
    default:
      return FAIL(failure, "cannot set up io_uring: %s; run without: --io=rw", strerror(errno));
  }
}

static void *map(int fd, size_t length, uint64_t offset) {
  return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
}

int uring_open(struct uring *u, bool sleeps, struct failure *failure) {
  struct io_uring_params p;
  u->fd = -1;
  for (size_t i = sleeps ? 1 : 0; i < sizeof setups / sizeof *setups && u->fd < 0; i++) {
    memset(&p, 0, sizeof p);
    p.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE | setups[i];
    p.cq_entries = URING_COMPLETIONS;
    u->fd = (int)syscall(SETUP, URING_ENTRIES, &p);
    if (u->fd < 0 && errno != EINVAL) break;
  }
  if (u->fd < 0) return tell_refused(failure);
  size_t indices = p.sq_off.array + p.sq_entries * sizeof(uint32_t);
  size_t length = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
  uint8_t *rings = map(u->fd, length > indices ? length : indices, IORING_OFF_SQ_RING);
  u->requests = map(u->fd, p.sq_entries * sizeof *u->requests, IORING_OFF_SQES);
  if (rings == MAP_FAILED || (void *)u->requests == MAP_FAILED) {
    (void)tell_refused(failure);
    close(u->fd);
    u->fd = -1;
    return -1;
  }
  u->tail = (uint32_t *)(rings + p.sq_off.tail);
  u->flags = (uint32_t *)(rings + p.sq_off.flags);
  u->done_head = (uint32_t *)(rings + p.cq_off.head);
  u->done_tail = (uint32_t *)(rings + p.cq_off.tail);
  u->completions = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
  u->mask = p.sq_entries - 1;
  u->done_mask = p.cq_entries - 1;
  u->skip = (p.features & IORING_FEAT_CQE_SKIP) != 0;
  /* The kernel takes requests in the order of their places. */
  for (uint32_t i = 0; i < p.sq_entries; i++) ((uint32_t *)(rings + p.sq_off.array))[i] = i;
  return 0;
}

/*
 * IORING_OP_FALLOCATE is not among the operations, for its mode could not be restricted. The flags leave out links, which
 * keep requests waiting, and IOSQE_ASYNC, which starts threads.
 */
static int restrict_to_files(const struct uring *u) {
  static const uint8_t operations[] = {IORING_OP_READ, IORING_OP_READV, IORING_OP_WRITE, IORING_OP_WRITEV,
                                       IORING_OP_FSYNC};
  struct io_uring_restriction list[sizeof operations + 2];
  memset(list, 0, sizeof list);
  unsigned count = 0;
  for (; count < sizeof operations; count++) {
    list[count].opcode = IORING_RESTRICTION_SQE_OP;
    list[count].sqe_op = operations[count];
  }
  list[count].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  list[count++].sqe_flags = IOSQE_FIXED_FILE | (u->skip ? IOSQE_CQE_SKIP_SUCCESS : 0);
  list[count].opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
  list[count++].sqe_flags = IOSQE_FIXED_FILE;
  /* No operation of io_uring_register is named, so that all are refused from here on. */
  return (int)syscall(REGISTER, u->fd, IORING_REGISTER_RESTRICTIONS, list, count);
}

int uring_start(struct uring *u, const int *files, unsigned count, struct failure *failure) {
  if ((count == 0 || syscall(REGISTER, u->fd, IORING_REGISTER_FILES, files, count) == 0) && restrict_to_files(u) == 0 &&
      syscall(REGISTER, u->fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0) == 0)
    return 0;
  (void)tell_refused(failure);
  close(u->fd);
  u->fd = -1;
  return -1;
}

struct io_uring_sqe *uring_prepare(struct uring *u, uint8_t operation, int file, uint64_t user_data) {
  if (u->pending > u->mask) uring_enter(u);
  struct io_uring_sqe *request = &u->requests[u->prepared++ & u->mask];
  memset(request, 0, sizeof *request);
  request->opcode = operation;
  request->flags = IOSQE_FIXED_FILE;
  request->fd = file;
  request->user_data = user_data;
  u->pending++;
  return request;
}

static void take_completions(struct uring *u) {
  uint32_t head = *u->done_head;
  while (head != __atomic_load_n(u->done_tail, __ATOMIC_ACQUIRE)) {
    struct io_uring_cqe c = u->completions[head & u->done_mask];
    /* Before the owner is told, which may come here again. */
    __atomic_store_n(u->done_head, ++head, __ATOMIC_RELEASE);
    unsigned owner = (unsigned)(c.user_data >> 56);
    if (owner < URING_OWNERS && u->done[owner]) u->done[owner](u->context[owner], c.user_data & UINT64_MAX >> 8, c.res);
    head = *u->done_head;
  }
}

void uring_enter(struct uring *u) {
  while (u->pending > 0 || u->in_flight > 0) {
    __atomic_store_n(u->tail, u->prepared, __ATOMIC_RELEASE);
    /* What waits for a device is completed by the kernel in this call. */
    long taken = syscall(ENTER, u->fd, u->pending, 0, u->in_flight > 0 ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
    int error = errno;
    if (taken >= 0) u->pending -= (uint32_t)taken;
    take_completions(u);
    /*
     * Errors, mostly, are not ready at once, and what there was no room for is kept: the kernel says so, and has some more
     * ready after each call.
     */
    while (__atomic_load_n(u->flags, __ATOMIC_RELAXED) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) {
      if (syscall(ENTER, u->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0) < 0 && errno != EINTR) break;
      take_completions(u);
    }
    if (taken >= 0 && u->pending == 0) return;
    /* A request that the kernel refuses at once ends the call early; it may have no memory for the others now. */
    if (taken >= 0 || error == EINTR || error == EAGAIN || error == EBUSY) continue;
    console_flush();
    console_message("io_uring has failed; run without: --io=rw");
    _exit(SANDBOX_STATUS);
  }
}
