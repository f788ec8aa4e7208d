/* The requests of disks that go through the ring: those that wait for the disk there, and not in a thread of the kernel's. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/uio.h>

#include "ring_block.h"

/*
 * Reads, and writes past the host's memory. Others could hold up those of another disk: a write into the host's memory and a
 * flush take a thread of the kernel's, of which there are few for all disks together.
 */
bool block_uring_start(struct block *b, struct disk_request *r) {
  bool write = r->operation == FATA_BLOCK_OP_WRITE;
  bool direct = b->disk.direct_fd >= 0 && disk_descriptor(&b->disk, r) == b->disk.direct_fd;
  int file = direct ? b->disk.direct_file : b->disk.file;
  if (file < 0 || (write ? !direct : r->operation != FATA_BLOCK_OP_READ)) return false;
  struct io_uring_sqe *request = uring_prepare(b->ring, write ? IORING_OP_WRITEV : IORING_OP_READV, file,
                                               URING_TAG(URING_BLOCK, b->number * DISK_REQUESTS +
                                                         (uint64_t)(r - b->workers.requests)));
  request->addr = (uint64_t)(uintptr_t)(r->pieces + r->first);
  request->len = r->count;
  request->off = r->offset;
  /* Else the kernel would take a thread for a place where the file has no blocks yet, say. Reads of files have to wait. */
  if (direct) request->rw_flags = RWF_NOWAIT;
  b->ring->in_flight++;
  return true;
}

void block_uring_done(void *blocks, uint64_t number, int32_t result) {
  struct block *b = (struct block *)blocks + number / DISK_REQUESTS;
  struct disk_request *r = &b->workers.requests[number % DISK_REQUESTS];
  b->ring->in_flight--;
  /* Not without a thread of the kernel's; one was needed, and this user may have no more; not so on this file system. */
  bool refused = result == -EAGAIN || result == -ECANCELED || result == -EOPNOTSUPP;
  if (!refused && disk_advance(r, result)) {
    r->next = b->ended;
    b->ended = r;
  } else if (refused || !block_uring_start(b, r)) {
    workers_give(&b->workers, r);
  }
}
