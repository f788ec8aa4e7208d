/*
 * The host's side of one block device: a file or a host's block device.
 */
#ifndef FATA_DISK_H
#define FATA_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "failure.h"

/* What requests on files are counted in. A host's block device may have larger blocks. */
#define DISK_BLOCK_SIZE 512u

struct disk {
  int fd;
  bool read_only;
  bool discard;
  uint32_t block_size;
  uint64_t capacity;
  /* A flush has failed. The kernel tells that once; what was lost is not known, so no later flush may succeed. */
  bool failed;
};

/*
 * Opens `path` and locks it: two tenders share a disk only when both read it. A host's block device that the host uses is
 * refused, unless it is only read.
 * Returns 0, or -1 with the failure told.
 */
int disk_open(struct disk *disk, const char *path, bool read_only, struct failure *failure);

/* One transfer. The range was checked. `pieces` is used up. Returns FATA_OK or a code. */
int32_t disk_transfer(struct disk *disk, bool write, uint64_t offset, struct iovec *pieces, int count);

/* Makes durable what was written. */
int32_t disk_flush(struct disk *disk);

/* Gives a range back to the host. It reads as zeros afterwards. */
int32_t disk_discard(struct disk *disk, uint64_t offset, uint64_t length);

#endif
