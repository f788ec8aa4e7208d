/*
 * One block device: the guest's queue of requests and completions (abi.h, "Block queues") over a disk.
 * Requests are carried out as they are taken; nothing here allocates.
 */
#ifndef FATA_RING_BLOCK_H
#define FATA_RING_BLOCK_H

#include "counters.h"
#include "disk.h"
#include "guest.h"

/* Most requests that one call of block_submit takes. */
#define BLOCK_BATCH 64

struct block {
  char name[FATA_NAME_MAX + 1];
  struct disk disk;
  bool attached;
  /* Addresses and size of the rings, checked at block_attach. */
  uint32_t header, requests, completions, size;
  /* The tender's own index: requests taken, which are all completed. The guest sees copies. */
  uint32_t taken;
  struct block_counters counters;
};

/* Takes over the header at `header` and fills in the tender's part. Returns false with the fault recorded. */
bool block_attach(struct block *b, struct memory *m, uint32_t header);

/*
 * Carries out submitted requests, at most BLOCK_BATCH and at most as many as there is room for completions.
 * Returns the number of completions; -1 with the fault recorded.
 */
int block_submit(struct block *b, struct memory *m);

/* Carries out all that is submitted, when the guest takes no completions any more. Returns false on a fault. */
bool block_finish(struct block *b, struct memory *m);

#endif
