#define _GNU_SOURCE
#include "workers.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sandbox.h"

/* What a thread needs is far less; the C library takes its own part of it. */
#define STACK_SIZE (128u << 10)

/* What wakes the loop, and whether it wants that. */
static int done_fd = -1;
static bool asleep;

static void add(int fd, uint64_t count) {
  if (write(fd, &count, sizeof count) < 0) {
    /* Its counter is full: who reads it is woken already. */
  }
}

static void give_back(struct workers *w, struct disk_request *r) {
  struct disk_request *first = __atomic_load_n(&w->done, __ATOMIC_RELAXED);
  do r->next = first;
  while (!__atomic_compare_exchange_n(&w->done, &first, r, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
  /* Only one of those that are through meanwhile has to. */
  if (__atomic_load_n(&asleep, __ATOMIC_SEQ_CST) && __atomic_exchange_n(&asleep, false, __ATOMIC_SEQ_CST))
    add(done_fd, 1);
}

/* Takes the next request that waits. There is one for each count that was read from wake_fd. */
static struct disk_request *claim(struct workers *w) {
  uint64_t waiting = __atomic_load_n(&w->waiting, __ATOMIC_ACQUIRE);
  uint32_t index;
  do {
    uint32_t turn = __atomic_load_n(&w->turn, __ATOMIC_RELAXED) % DISK_REQUESTS;
    uint64_t turned = waiting >> turn | waiting << (-turn % DISK_REQUESTS);
    index = (turn + (uint32_t)__builtin_ctzll(turned)) % DISK_REQUESTS;
  } while (!__atomic_compare_exchange_n(&w->waiting, &waiting, waiting & ~(1ull << index), true, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE));
  __atomic_store_n(&w->turn, index + 1, __ATOMIC_RELAXED);
  return &w->requests[index];
}

static void *work(void *argument) {
  struct workers *w = argument;
  uint64_t one;
  add(done_fd, 1);
  for (;;) {
    if (read(w->wake_fd, &one, sizeof one) != sizeof one) continue;
    struct disk_request *r = claim(w);
    disk_carry_out(w->disk, r);
    give_back(w, r);
  }
  return NULL;
}

int workers_open(struct workers *w, struct failure *failure) {
  if (done_fd < 0) done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  w->wake_fd = done_fd < 0 ? -1 : eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
  if (w->wake_fd < 0) return FAIL(failure, "cannot make an eventfd: %s; allow more: ulimit -n 1024", strerror(errno));
  return 0;
}

/* Waits for the first sign of life of so many threads. */
static void await(unsigned count) {
  struct pollfd list = {.fd = done_fd, .events = POLLIN};
  uint64_t number;
  while (count > 0) {
    if (ppoll(&list, 1, NULL, NULL) > 0 && read(done_fd, &number, sizeof number) == sizeof number)
      count -= (unsigned)number;
  }
}

int workers_start(struct workers *w, unsigned count, struct failure *failure) {
  sigset_t all, before;
  pthread_t thread;
  pthread_attr_t attributes;
  unsigned started = 0;
  int error = 0;
  /* Signals are for the thread that runs the guest. But what the filter refuses has to be told. */
  sigfillset(&all);
  sigdelset(&all, SIGSYS);
  sigprocmask(SIG_SETMASK, &all, &before);
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_SIZE);
  for (; started < count && error == 0; started += error == 0)
    error = pthread_create(&thread, &attributes, work, w);
  pthread_attr_destroy(&attributes);
  sigprocmask(SIG_SETMASK, &before, NULL);
  await(started);
  if (error == 0) return 0;
  return FAIL(failure, "cannot start the threads for a disk: %s; allow more: ulimit -u 1024", strerror(error));
}

void workers_give(struct workers *w, struct disk_request *r) {
  __atomic_fetch_or(&w->waiting, 1ull << (r - w->requests), __ATOMIC_RELEASE);
  add(w->wake_fd, 1);
}

struct disk_request *workers_take(struct workers *w) {
  if (!workers_are_done(w)) return NULL;
  struct disk_request *taken = __atomic_exchange_n(&w->done, NULL, __ATOMIC_ACQUIRE), *oldest_first = NULL;
  while (taken) {
    struct disk_request *next = taken->next;
    taken->next = oldest_first;
    oldest_first = taken;
    taken = next;
  }
  return oldest_first;
}

int workers_descriptor(void) {
  return done_fd;
}

void workers_announce_sleep(void) {
  __atomic_store_n(&asleep, true, __ATOMIC_SEQ_CST);
}

void workers_end_sleep(bool woken) {
  uint64_t count;
  __atomic_store_n(&asleep, false, __ATOMIC_RELAXED);
  if (woken && read(done_fd, &count, sizeof count) < 0) {
    /* Taken along before. */
  }
}

void workers_pin(struct sandbox *s, const struct workers *w) {
  sandbox_pin(s, (struct sandbox_call)CALL(read), (uint32_t)w->wake_fd);
  sandbox_pin(s, (struct sandbox_call)CALL(write), (uint32_t)w->wake_fd);
}
