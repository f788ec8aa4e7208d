/*
 * What becomes of a disk's request that comes back from the ring with RESULT, a negative error number: prints whether it
 * has ended, or a thread is to carry it out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "../../../tender/native/ring_block.h"

static struct uring ring;
static struct block block;
static struct disk_request requests[DISK_REQUESTS];

int main(int count, char **words) {
  ring.in_flight = 1;
  block.ring = &ring;
  block.workers.requests = requests;
  block.workers.wake_fd = eventfd(0, EFD_SEMAPHORE);
  if (count != 2) return 64;
  block_uring_done(&block, 3, atoi(words[1]));
  if (block.ended == &requests[3]) puts("ended");
  if (block.workers.waiting == 1u << 3) puts("waiting");
  return 0;
}
