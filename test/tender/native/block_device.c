/*
 * How disk.c opens a host's block device, with a host that is made up here: `block_device READ_ONLY BUSY` (0 or 1
 * each) prints what came of it. The linker calls the functions below in place of the C library's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../tender/native/disk.h"

static int busy;

int __wrap_stat(const char *path, struct stat *status), __wrap_fstat(int fd, struct stat *status);
int __wrap_open(const char *path, int flags, ...), __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_flock(int fd, int operation);

int __wrap_stat(const char *path, struct stat *status) {
  (void)path;
  *status = (struct stat){.st_mode = S_IFBLK};
  return 0;
}

int __wrap_fstat(int fd, struct stat *status) {
  (void)fd;
  return __wrap_stat("", status);
}

/* As the kernel: O_EXCL without O_CREAT fails on a block device that something else holds. */
int __wrap_open(const char *path, int flags, ...) {
  (void)path;
  if (busy && (flags & O_EXCL)) {
    errno = EBUSY;
    return -1;
  }
  return dup(STDIN_FILENO);
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
  va_list list;
  (void)fd;
  va_start(list, request);
  if (request == BLKGETSIZE64) *va_arg(list, uint64_t *) = 1 << 20;
  if (request == BLKSSZGET) *va_arg(list, int *) = 4096;
  va_end(list);
  return 0;
}

int __wrap_flock(int fd, int operation) {
  (void)fd, (void)operation;
  return 0;
}

int main(int count, char **words) {
  struct disk disk;
  struct failure failure;
  if (count != 3) return 64;
  busy = atoi(words[2]);
  if (disk_open(&disk, "/dev/sdb", atoi(words[1]), &failure) < 0) printf("refused: %s\n", failure.text);
  else printf("%llu bytes in blocks of %u\n", (unsigned long long)disk.capacity, disk.block_size);
  return 0;
}
