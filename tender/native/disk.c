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
#include "moment.h"
#include "sandbox.h"

/* How fallocate gives a range back. */
#define DISCARD (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)

/* RWF_NOWAIT, for preadv2: what would wait for the disk is left out. */
#define NOWAIT 8

_Static_assert(DISK_PIECES == FATA_SEGMENTS_MAX, "a request has room for the segments that the ABI allows");

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
  return 0;
}

static int check_size(const struct disk *disk, const char *path, struct failure *failure) {
  if (disk->capacity % disk->block_size != 0) {
    uint64_t rounded = (disk->capacity / disk->block_size + 1) * disk->block_size;
    return FAIL(failure, "disk %s has %llu bytes, which is no multiple of %u; round it up: truncate -s %llu %s", path,
                (unsigned long long)disk->capacity, disk->block_size, (unsigned long long)rounded, path);
  }
  return 0;
}

/*
 * statx's answer, as words: which of its fields are filled, and what direct I/O needs. The C library's structure came
 * before these fields, which Linux has since 6.1.
 */
#define STATX_WORDS 64
#define STATX_MASK 0
#define STATX_DIO_MEMORY 38
#define STATX_DIO_OFFSET 39
#define STATX_DIO 0x2000u

/* How requests have to be for direct I/O. Without statx's answer: as blocks are, which is more than enough. */
static int measure_direct(struct disk *disk, const char *path, struct failure *failure) {
  uint32_t answer[STATX_WORDS] = {0};
  struct stat status;
  if (syscall(SYS_statx, disk->direct_fd, "", AT_EMPTY_PATH, STATX_DIO, answer) == 0 && answer[STATX_MASK] & STATX_DIO) {
    if (answer[STATX_DIO_OFFSET] == 0)
      return FAIL(failure, "disk %s cannot be used past the host's memory; leave out ,direct", path);
    disk->alignment = answer[STATX_DIO_MEMORY];
    if (answer[STATX_DIO_OFFSET] > disk->block_size) disk->block_size = answer[STATX_DIO_OFFSET];
  } else {
    if (fstat(disk->direct_fd, &status) == 0 && S_ISREG(status.st_mode)) disk->block_size = (uint32_t)status.st_blksize;
    disk->alignment = disk->block_size;
  }
  return 0;
}

static int open_direct(struct disk *disk, const char *path, struct failure *failure) {
  struct stat one, other;
  /* Not exclusively: the first descriptor holds it. */
  disk->direct_fd = open(path, (disk->read_only ? O_RDONLY : O_RDWR) | O_DIRECT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (disk->direct_fd < 0 && errno == EINVAL)
    return FAIL(failure, "disk %s cannot be used past the host's memory; leave out ,direct", path);
  if (disk->direct_fd < 0) return FAIL(failure, "cannot open disk %s: %s", path, strerror(errno));
  if (fstat(disk->fd, &one) < 0 || fstat(disk->direct_fd, &other) < 0 || one.st_ino != other.st_ino ||
      one.st_dev != other.st_dev)
    return FAIL(failure, "disk %s has become another one meanwhile", path);
  disk->cached = false;
  fcntl(disk->direct_fd, F_SETFL, O_DIRECT);
  return measure_direct(disk, path, failure);
}

/* What says that a host's block device is written by nobody else: a file system that is mounted, say. */
static int exclusively(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISBLK(status.st_mode) ? O_EXCL : 0;
}

int disk_open(struct disk *disk, const char *path, unsigned how, struct failure *failure) {
  bool read_only = how & DISK_READ_ONLY;
  *disk = (struct disk){.read_only = read_only, .cached = true, .direct_fd = -1, .file = -1, .direct_file = -1};
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
  if (measure(disk, path, failure) < 0 || (how & DISK_DIRECT && open_direct(disk, path, failure) < 0) ||
      check_size(disk, path, failure) < 0) {
    close(disk->direct_fd);
    close(disk->fd);
    return -1;
  }
  /* io_uring takes it for the wish not to wait for a file either. */
  fcntl(disk->fd, F_SETFL, fcntl(disk->fd, F_GETFL) & ~O_NONBLOCK);
  unsigned waits = 0;
  int locked;
  do locked = flock(disk->fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB);
  while (locked < 0 && errno == EWOULDBLOCK && moment_passes(&waits));
  if (locked < 0) {
    int error = errno;
    close(disk->direct_fd);
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

bool disk_advance(struct disk_request *r, int64_t result) {
  if (result == -EINTR) return false;
  r->status = result < 0 ? code((int)-result) : FATA_OK;
  if (result < 0) return true;
  uint64_t left = (uint64_t)result;
  r->offset += left;
  while (r->count > 0 && left >= r->pieces[r->first].iov_len) {
    left -= r->pieces[r->first].iov_len;
    r->first++;
    r->count--;
  }
  if (r->count == 0) return true;
  r->pieces[r->first].iov_base = (char *)r->pieces[r->first].iov_base + left;
  r->pieces[r->first].iov_len -= left;
  /* The file ends before its size at the start: something else has cut it short. */
  if (result == 0) r->status = FATA_E_IO;
  return result == 0;
}

/* What a system call has returned, as the kernel has put it. */
static int64_t result_of(int64_t returned) {
  return returned < 0 ? -errno : returned;
}

int disk_descriptor(const struct disk *disk, const struct disk_request *r) {
  if (disk->direct_fd < 0 || r->offset % disk->block_size != 0) return disk->fd;
  for (uint32_t i = r->first; i < r->first + r->count; i++) {
    const struct iovec *piece = &r->pieces[i];
    if ((uintptr_t)piece->iov_base % disk->alignment != 0 || piece->iov_len % disk->block_size != 0) return disk->fd;
  }
  return disk->direct_fd;
}

static int64_t transfer(const struct disk *disk, struct disk_request *r) {
  const struct iovec *pieces = r->pieces + r->first;
  int fd = disk_descriptor(disk, r);
  if (r->operation == FATA_BLOCK_OP_WRITE) return result_of(pwritev(fd, pieces, (int)r->count, (off_t)r->offset));
  return result_of(preadv(fd, pieces, (int)r->count, (off_t)r->offset));
}

static int64_t discard(const struct disk *disk, const struct disk_request *r) {
  return result_of(fallocate(disk->fd, DISCARD, (off_t)r->offset, (off_t)r->length));
}

void disk_carry_out(const struct disk *disk, struct disk_request *r) {
  int64_t result;
  switch (r->operation) {
    case FATA_BLOCK_OP_FLUSH: do result = result_of(fdatasync(disk->fd)); while (result == -EINTR); break;
    case FATA_BLOCK_OP_DISCARD: do result = discard(disk, r); while (result == -EINTR); break;
    default:
      while (!disk_advance(r, transfer(disk, r))) continue;
      return;
  }
  r->status = result == 0 ? FATA_OK : result == -EOPNOTSUPP || result == -ENOSYS ? FATA_E_UNSUPPORTED : code((int)-result);
}

bool disk_read_cached(struct disk *disk, struct disk_request *r) {
  uint64_t before = r->offset;
  /* The C library's function came late to musl. */
  int64_t result = result_of(syscall(SYS_preadv2, disk->fd, r->pieces + r->first, (unsigned long)r->count,
                                     (unsigned long)before, 0ul, NOWAIT));
  if (result == -EOPNOTSUPP || result == -ENOSYS || result == -EINVAL) disk->cached = false;
  /* What fails, and an end that comes too soon, is looked at by a call that may wait. */
  return result > 0 && disk_advance(r, result);
}

void disk_pin(struct sandbox *s, const struct disk *disk) {
  sandbox_pin(s, (struct sandbox_call)CALL(preadv), (uint32_t)disk->fd);
  sandbox_pin(s, (struct sandbox_call)CALL(preadv2), (uint32_t)disk->fd);
  if (disk->direct_fd >= 0) sandbox_pin(s, (struct sandbox_call)CALL(preadv), (uint32_t)disk->direct_fd);
  if (disk->read_only) return;
  if (disk->direct_fd >= 0) sandbox_pin(s, (struct sandbox_call)CALL(pwritev), (uint32_t)disk->direct_fd);
  sandbox_pin(s, (struct sandbox_call)CALL(pwritev), (uint32_t)disk->fd);
  sandbox_pin(s, (struct sandbox_call)CALL(fdatasync), (uint32_t)disk->fd);
  /* Other modes take space of the host's beyond the file's end, which no limit holds. */
  sandbox_pin_both(s, (struct sandbox_call)CALL(fallocate), (uint32_t)disk->fd, DISCARD);
}
