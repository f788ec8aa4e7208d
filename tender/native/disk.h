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

/* Most segments of a request. */
#define DISK_PIECES 64

/* A request, in the tender's own memory from its taking to its completion. It was checked. */
struct disk_request {
  /* The list that it is in: of free ones, of finished ones, of flushes. */
  struct disk_request *next;
  /* As the ABI numbers them, and the guest's own mark. */
  uint32_t operation, token;
  /* FATA_OK or a code, once it is through. */
  int32_t status;
  /* What of `pieces` is left to transfer. */
  uint32_t first, count;
  /* Where its remainder begins on the disk. */
  uint64_t offset;
  /* The bytes that it is about, from its beginning. */
  uint64_t length;
  /* Places in the guest's memory, which stays where it is. */
  struct iovec pieces[DISK_PIECES];
};

/* How a disk is attached. */
enum { DISK_READ_ONLY = 1, DISK_DIRECT = 2 };

struct disk {
  int fd;
  /* The same file past the host's memory, or -1; and to how many bytes a buffer has to be aligned for that. */
  int direct_fd;
  uint32_t alignment;
  /* The numbers of both on the ring; -1 where they are not, or cannot be read there without a thread of the kernel's. */
  int file, direct_file;
  bool read_only;
  bool discard;
  /* Whether the kernel can be asked for what lies in memory and nothing else. */
  bool cached;
  uint32_t block_size;
  uint64_t capacity;
};

/*
 * Opens `path` and locks it: two tenders share a disk only when both read it. A host's block device that the host uses is
 * refused, unless it is only read. `how`: DISK_*, together.
 * Returns 0, or -1 with the failure told.
 */
int disk_open(struct disk *disk, const char *path, unsigned how, struct failure *failure);

/* The descriptor for the rest of a transfer: what is not aligned goes through the host's memory. */
int disk_descriptor(const struct disk *disk, const struct disk_request *r);

/* Carries out a request, however long it takes, and sets its status. Any thread may call it. */
void disk_carry_out(const struct disk *disk, struct disk_request *r);

/* Reads what the host has in memory, without waiting. Returns whether the request is through; else it is as far as it came. */
bool disk_read_cached(struct disk *disk, struct disk_request *r);

/*
 * What one system call of a transfer has come to: bytes, or a negative error number. Returns whether the request is
 * through, with its status set; else the rest of it is to be tried next.
 */
bool disk_advance(struct disk_request *r, int64_t result);

#endif
