/*
 * Threads that carry out the requests of disks, so that the loop never waits for one. Each disk has its own, so that a
 * slow disk holds up no other. They make no system calls but those on their disk and on two eventfds.
 *
 * What waits for a thread is a bit of a word; an eventfd that counts as a semaphore wakes one thread for each. What is
 * through comes back on a list that is pushed to and taken whole. So there are no locks.
 */
#ifndef FATA_WORKERS_H
#define FATA_WORKERS_H

#include "disk.h"

/* Most requests of a disk on their way at once: the bits of a word. */
#define DISK_REQUESTS 64u

struct workers {
  const struct disk *disk;
  /* DISK_REQUESTS of them, and which of them wait for a thread, a bit each. */
  struct disk_request *requests;
  uint64_t waiting;
  /* Whose turn it is, so that none waits for ever. */
  uint32_t turn;
  /* What wakes the threads: it counts what waits. */
  int wake_fd;
  /* What is through, the latest first. */
  struct disk_request *done;
};

/*
 * Opens what `workers` wakes its threads with, and, the first time, what they wake the loop with. Threads are not started.
 * Returns 0, or -1 with the failure told.
 */
int workers_open(struct workers *w, struct failure *failure);

/*
 * Starts `count` threads, with the rights and limits of the calling one, and waits until they are in their loop: the
 * filter that comes next holds for them too.
 * Returns 0, or -1 with the failure told.
 */
int workers_start(struct workers *w, unsigned count, struct failure *failure);

/* Hands over one of the requests. */
void workers_give(struct workers *w, struct disk_request *r);

/* Whether there is something to take. */
static inline bool workers_are_done(const struct workers *w) {
  return __atomic_load_n(&w->done, __ATOMIC_SEQ_CST) != NULL;
}

/* All requests that are through, as a list; NULL where there are none. */
struct disk_request *workers_take(struct workers *w);

/* The descriptor that is readable when a request is through that ended after workers_announce_sleep; -1 without any. */
int workers_descriptor(void);

/* Before the loop sleeps: from here on the threads wake it. Look at workers_are_done after it. */
void workers_announce_sleep(void);

/* After it has slept: the threads need not wake it any more. `woken`: the descriptor is readable. */
void workers_end_sleep(bool woken);

#endif
