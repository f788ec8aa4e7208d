#define _GNU_SOURCE
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi.h"
#include "sandbox.h"

/* How fallocate gives a range back. */
#define DISCARD (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

static int measure(struct disk *disk, const char *path, struct failure *failure) {
  struct stat status;
  if (fstat(disk->fd, &status) < 0) return FAIL(failure, "cannot look at disk %s: %s", path, strerror(errno));
  if (S_ISBLK(status.st_mode)) {
    int size = 0;
    if (ioctl(disk->fd, BLKGETSIZE64, &disk->capacity) < 0 || ioctl(disk->fd, BLKSSZGET, &size) < 0)
      return FAIL(failure, "cannot measure disk %s: %s", path, strerror(errno));
    disk->block_size = (uint32_t)size;
    return 0;
  }
  if (!S_ISREG(status.st_mode)) return FAIL(failure, "disk %s is neither a file nor a block device", path);
  disk->block_size = DISK_BLOCK_SIZE;
  disk->capacity = (uint64_t)status.st_size;
  disk->discard = !disk->read_only;
  if (disk->capacity % DISK_BLOCK_SIZE != 0) {
    uint64_t rounded = (disk->capacity / DISK_BLOCK_SIZE + 1) * DISK_BLOCK_SIZE;
    return FAIL(failure, "disk %s has %llu bytes, which is no multiple of %u; round it up: truncate -s %llu %s", path,
                (unsigned long long)disk->capacity, DISK_BLOCK_SIZE, (unsigned long long)rounded, path);
  }
  return 0;
}

/* What says that a host's block device is written by nobody else: a file system that is mounted, say. */
static int exclusively(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISBLK(status.st_mode) ? O_EXCL : 0;
}

int disk_open(struct disk *disk, const char *path, bool read_only, struct failure *failure) {
  *disk = (struct disk){.read_only = read_only};
  /* O_NONBLOCK: opening a pipe must not wait for its other end. It does nothing to files. */
  int flags = (read_only ? O_RDONLY : O_RDWR | exclusively(path)) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  disk->fd = open(path, flags);
  if (disk->fd < 0) {
    if (errno == EBUSY)
      return FAIL(failure, "disk %s is in use by the host; unmount it: umount %s; or attach it read-only (%s,ro)", path,
                  path, path);
    if (errno == ENOENT)
      return FAIL(failure, "there is no disk %s; make one of 16 MiB: truncate -s 16M %s", path, path);
    if ((errno == EACCES || errno == EROFS || errno == EPERM) && !read_only && access(path, R_OK) == 0)
      return FAIL(failure, "disk %s can only be read; attach it read-only (%s,ro) or: chmod u+w %s", path, path, path);
    return FAIL(failure, "cannot open disk %s: %s", path, strerror(errno));
  }
  if (measure(disk, path, failure) < 0) {
    close(disk->fd);
    return -1;
  }
  if (flock(disk->fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
    int error = errno;
    close(disk->fd);
    if (error == EWOULDBLOCK)
      return FAIL(failure, "disk %s is in use by another process; end that one, or take a copy", path);
    return FAIL(failure, "cannot lock disk %s: %s", path, strerror(error));
  }
  return 0;
}

static int32_t code(int error) {
  return error == ENOSPC || error == EDQUOT ? FATA_E_NO_SPACE : FATA_E_IO;
}

int32_t disk_transfer(struct disk *disk, bool write, uint64_t offset, struct iovec *pieces, int count) {
  while (count > 0) {
    ssize_t done = write ? pwritev(disk->fd, pieces, count, (off_t)offset)
                         : preadv(disk->fd, pieces, count, (off_t)offset);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return code(errno);
    /* The file ends before its size at the start: something else has cut it short. */
    if (done == 0 && pieces->iov_len > 0) return FATA_E_IO;
    offset += (uint64_t)done;
    size_t left = (size_t)done;
    while (count > 0 && left >= pieces->iov_len) {
      left -= pieces->iov_len;
      pieces++;
      count--;
    }
    if (count > 0) {
      pieces->iov_base = (char *)pieces->iov_base + left;
      pieces->iov_len -= left;
    }
  }
  return FATA_OK;
}

int32_t disk_flush(struct disk *disk) {
  if (disk->failed) return FATA_E_IO;
  if (disk->read_only) return FATA_OK;
  while (fdatasync(disk->fd) < 0) {
    if (errno == EINTR) continue;
    disk->failed = true;
    return code(errno);
  }
  return FATA_OK;
}

int32_t disk_discard(struct disk *disk, uint64_t offset, uint64_t length) {
  if (!disk->discard) return FATA_E_UNSUPPORTED;
  if (length == 0) return FATA_OK;
  while (fallocate(disk->fd, DISCARD, (off_t)offset, (off_t)length) < 0) {
    if (errno == EINTR) continue;
    return errno == EOPNOTSUPP || errno == ENOSYS ? FATA_E_UNSUPPORTED : code(errno);
  }
  return FATA_OK;
}

void disk_pin(struct sandbox *s, const struct disk *disk) {
  sandbox_pin(s, (struct sandbox_call)CALL(preadv), (uint32_t)disk->fd);
  if (disk->read_only) return;
  sandbox_pin(s, (struct sandbox_call)CALL(pwritev), (uint32_t)disk->fd);
  sandbox_pin(s, (struct sandbox_call)CALL(fdatasync), (uint32_t)disk->fd);
  /* Other modes take space of the host's beyond the file's end, which no limit holds. */
  sandbox_pin_both(s, (struct sandbox_call)CALL(fallocate), (uint32_t)disk->fd, DISCARD);
}
