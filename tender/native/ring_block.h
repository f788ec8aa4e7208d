/*
 * One block device: the guest's queue of requests and completions (abi.h, "Block queues") over a disk. What does not lie
 * in memory is carried out by the disk's threads, and ends in any order; nothing here waits, and nothing allocates.
 */
#ifndef FATA_RING_BLOCK_H
#define FATA_RING_BLOCK_H

#include "counters.h"
#include "guest.h"
#include "workers.h"

struct block {
  char name[FATA_NAME_MAX + 1];
  struct disk disk;
  struct workers workers;
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
