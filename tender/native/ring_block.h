/*
 * One block device: the guest's queue of requests and completions (abi.h, "Block queues") over a disk. What does not lie
 * in memory is carried out by the disk's threads, and ends in any order; nothing here waits, and nothing allocates.
 */
#ifndef FATA_RING_BLOCK_H
#define FATA_RING_BLOCK_H

#include "counters.h"
#include "guest.h"
#include "uring.h"
#include "workers.h"

struct block {
  char name[FATA_NAME_MAX + 1];
  struct disk disk;
  struct workers workers;
  /* What some requests go through, where disk.file is on it; and this device's number there. */
  struct uring *ring;
  uint32_t number;
  /* What has come back from the ring. */
  struct disk_request *ended;
  /* The last pass has left requests for the next one. */
  bool more;
  bool attached;
  /* Addresses and size of the rings, checked at block_attach. */
  uint32_t header, requests, completions, size;
  /* The tender's own indices. The guest sees copies. */
  uint32_t taken, completed;
  /* The requests that are not on their way. */
  struct disk_request *free;
  unsigned in_flight;
  /* Whether a flush is on its way, those that it stands for besides itself, and those that came after it had begun. */
  bool flushing;
  struct disk_request *flush_too, *flush_next;
  /* A flush has failed. The kernel tells that once; what was lost is not known, so no later flush may succeed. */
  bool failed;
  /* The guest has ended: it is given no completions any more, and what it had submitted then is all. */
  bool ending;
  uint32_t last;
  struct block_counters counters;
};

/*
 * Opens a disk and prepares the device. `name` was checked; `how`: DISK_*, together.
 * Returns 0, or -1 with the failure told.
 */
int block_open(struct block *b, const char *name, const char *path, unsigned how, struct failure *failure);

/* Whether something is through that block_pass has not completed. */
static inline bool block_is_done(const struct block *b) {
  return b->ended || workers_are_done(&b->workers);
}

/* Prepares a request on the ring. Returns false where it is not for that. */
bool block_uring_start(struct block *b, struct disk_request *r);

/* A uring_done; its context is the array of all block devices. */
void block_uring_done(void *blocks, uint64_t number, int32_t result);

/* Takes over the header at `header` and fills in the tender's part. Returns false with the fault recorded. */
bool block_attach(struct block *b, struct memory *m, uint32_t header);

/*
 * Completes what is through and takes what was submitted, as far as there is room for completions and in the tender.
 * Returns the number of completions; -1 with the fault recorded.
 */
int block_pass(struct block *b, struct memory *m);

/*
 * The same when the guest has ended: to be called again and again until all that it had submitted is through.
 * Returns the number of requests that are not; -1 with the fault recorded.
 */
int block_finish(struct block *b, struct memory *m);

#endif
