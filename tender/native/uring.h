/*
 * An io_uring: reads and writes of devices that are handed to the kernel together, in one system call.
 *
 * What the ring may do is restricted before it is enabled, and cannot be changed afterwards: reading, writing and flushing
 * of the files that were registered, which are the devices. So a process that is held by a seccomp filter gains nothing by
 * it: without restrictions a ring opens files and sockets past every filter.
 */
#ifndef FATA_URING_H
#define FATA_URING_H

#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

/* Since Linux 5.17, which is newer than the headers of some. */
#ifndef IORING_FEAT_CQE_SKIP
#define IORING_FEAT_CQE_SKIP (1u << 11)
#define IOSQE_CQE_SKIP_SUCCESS (1u << 6)
#endif

/* Requests that are prepared at once. */
#define URING_ENTRIES 256u

/* Completions that there is room for, those of requests in flight included. */
#define URING_COMPLETIONS 1024u

/* So many operations that need not wait cost less as calls of their own than on a ring. */
#define URING_FEW 2u

/* Whose request a completion is about: the upper 8 bits of its user_data. */
enum uring_owner { URING_NET, URING_BLOCK, URING_OWNERS };
#define URING_TAG(owner, number) ((uint64_t)(owner) << 56 | (number))

/* Takes a completion. `number` is the request's user_data without its owner, `result` as of a system call, or -errno. */
typedef void (*uring_done)(void *context, uint64_t number, int32_t result);

struct uring {
  /* The ring's descriptor, or -1. Readable when completions are there, or can be had by uring_enter. */
  int fd;
  struct io_uring_sqe *requests;
  const struct io_uring_cqe *completions;
  uint32_t *tail, *done_head;
  const uint32_t *done_tail, *flags;
  uint32_t mask, done_mask;
  /* Our own index of requests, and how many of them the kernel has not seen. */
  uint32_t prepared, pending;
  /* Requests that were submitted and are not completed, as their owners count them: those that wait for a device. */
  uint32_t in_flight;
  /* Requests may ask for no completion where all is well. */
  bool skip;
  uring_done done[URING_OWNERS];
  void *context[URING_OWNERS];
};

/*
 * Makes a ring that does nothing yet.
 * sleeps: the loop will sleep until a request is completed. A ring whose completions are deferred does not wake ppoll.
 * Returns 0, or -1 with the failure told.
 */
int uring_open(struct uring *u, bool sleeps, struct failure *failure);

/* Registers the files, restricts the ring to them and enables it. Closes it where that fails: -1 with the failure told. */
int uring_start(struct uring *u, const int *files, unsigned count, struct failure *failure);

/*
 * The next request, to be submitted by the next uring_enter: zeros but for operation, file (a registered one's number) and
 * user_data.
 */
struct io_uring_sqe *uring_prepare(struct uring *u, uint8_t operation, int file, uint64_t user_data);

/* Submits what is prepared, and hands completions to their owners, whose `done` may prepare requests. Does not wait. */
void uring_enter(struct uring *u);

#endif
