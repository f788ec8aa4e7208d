/*
 * echo-uring TAP ADDRESS
 *
 * The same as echo-rw with io_uring, as well as we know how to: answers go out and the next frames come in with one
 * system call. Reads and writes do not wait (RWF_NOWAIT), so they are through when the call returns. How many reads are
 * asked for follows how many frames came; where none came, a poll waits for the next. A write says something only when
 * it failed. (A multishot read, which newer kernels have, was slower: each frame then wakes the task.)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "echo.h"

/* Most frames of a batch. */
#define BATCH 64
#define FRAME 2048
#define ENTRIES 256
/* What completions are about: below BATCH, the read into that frame. */
#define WRITTEN BATCH
#define POLLED (BATCH + 1)

static int ring;
static struct io_uring_sqe *entries;
static unsigned *submission_tail, submission_mask, submitted, queued;
static struct io_uring_cqe *completions;
static unsigned *completion_head, *completion_tail, completion_mask;

/* Answers wait in one half while the next frames come into the other. */
static uint8_t frames[2][BATCH][FRAME] __attribute__((aligned(4096)));

static void fail(const char *what) {
  fprintf(stderr, "echo-uring: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void *map(size_t length, off_t part) {
  void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, part);
  if (at == MAP_FAILED) fail("mmap");
  return at;
}

static void set_up(int tap) {
  struct io_uring_params p = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
  ring = (int)syscall(SYS_io_uring_setup, ENTRIES, &p);
  if (ring < 0) fail("io_uring_setup");
  uint8_t *sq = map(p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
  uint8_t *cq = map(p.cq_off.cqes + p.cq_entries * sizeof *completions, IORING_OFF_CQ_RING);
  entries = map(p.sq_entries * sizeof *entries, IORING_OFF_SQES);
  submission_tail = (unsigned *)(sq + p.sq_off.tail);
  submission_mask = p.sq_entries - 1;
  completion_head = (unsigned *)(cq + p.cq_off.head);
  completion_tail = (unsigned *)(cq + p.cq_off.tail);
  completion_mask = p.cq_entries - 1;
  completions = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
  for (unsigned i = 0; i < p.sq_entries; i++) ((unsigned *)(sq + p.sq_off.array))[i] = i;
  if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &tap, 1) < 0) fail("IORING_REGISTER_FILES");
}

static struct io_uring_sqe *queue(uint8_t operation, void *buffer, size_t length, uint64_t about) {
  struct io_uring_sqe *entry = &entries[submitted++ & submission_mask];
  memset(entry, 0, sizeof *entry);
  entry->opcode = operation;
  entry->flags = IOSQE_FIXED_FILE;
  entry->off = -1ull;
  entry->addr = (uintptr_t)buffer;
  entry->len = (uint32_t)length;
  entry->user_data = about;
  queued++;
  return entry;
}

static void enter(unsigned wanted) {
  __atomic_store_n(submission_tail, submitted, __ATOMIC_RELEASE);
  long done = syscall(SYS_io_uring_enter, ring, queued, wanted, wanted ? IORING_ENTER_GETEVENTS : 0u, NULL, 0ul);
  if (done < 0 && errno != EINTR) fail("io_uring_enter");
  if (done > 0) queued -= (unsigned)done;
}

/* Takes what has completed, and queues an answer to each frame. Returns how many frames there were. */
static unsigned take(uint8_t (*into)[FRAME]) {
  unsigned count = 0, head = *completion_head, tail = __atomic_load_n(completion_tail, __ATOMIC_ACQUIRE);
  for (; head != tail; head++) {
    struct io_uring_cqe *c = &completions[head & completion_mask];
    if (c->res == -EBADFD || c->res == -EINVAL) exit(1);
    if (c->user_data >= BATCH || c->res <= 0) continue;
    uint8_t *frame = into[c->user_data];
    count++;
    if (!echo_answer(frame, (size_t)c->res)) continue;
    struct io_uring_sqe *entry = queue(IORING_OP_WRITE, frame, (size_t)c->res, WRITTEN);
    entry->rw_flags = RWF_NOWAIT;
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
  }
  __atomic_store_n(completion_head, head, __ATOMIC_RELEASE);
  return count;
}

int main(int argc, char **argv) {
  int tap = echo_open(argc, argv);
  if (fcntl(tap, F_SETFL, O_NONBLOCK) < 0) fail("O_NONBLOCK");
  set_up(tap);
  /* How many reads are worth it: after a batch, and after a wait. One more than came last time, to notice more. */
  unsigned expected[2] = {1, 1}, half = 0;
  bool waited = false;
  for (;;) {
    unsigned reads = expected[waited];
    half ^= 1;
    for (unsigned i = 0; i < reads; i++) queue(IORING_OP_READ, frames[half][i], FRAME, i)->rw_flags = RWF_NOWAIT;
    enter(0);
    unsigned count = take(frames[half]);
    expected[waited] = count < reads ? count + 1 : reads * 2 < BATCH ? reads * 2 : BATCH;
    waited = false;
    if (count == 0) {
      struct io_uring_sqe *entry = queue(IORING_OP_POLL_ADD, NULL, 0, POLLED);
      entry->poll32_events = POLLIN;
      entry->off = 0;
      enter(1);
      take(frames[half]);
      waited = true;
    }
  }
}
