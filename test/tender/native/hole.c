/*
 * A write past the host's memory, to a place where FILE has no blocks yet, on the ring: prints whether it has ended, or a
 * thread of the tender's is to carry it out, and how many threads of the kernel's the process has for its ring. Ends with
 * status 3 and the reason where there is no ring, or no such write, to be had.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "../../../tender/native/ring_block.h"

static struct uring ring;
static struct block block;
static struct disk_request requests[DISK_REQUESTS];

/* Their names begin so. */
static unsigned kernel_threads(void) {
  unsigned count = 0;
  struct dirent *entry;
  DIR *folder = opendir("/proc/self/task");
  while (folder && (entry = readdir(folder))) {
    char path[300], name[16] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
    FILE *file = fopen(path, "r");
    if (file && fgets(name, sizeof name, file)) count += strncmp(name, "iou-wrk", 7) == 0;
    if (file) fclose(file);
  }
  return count;
}

int main(int count, char **words) {
  struct failure failure;
  if (count != 2) return 64;
  if (disk_open(&block.disk, words[1], DISK_DIRECT, &failure) < 0 || uring_open(&ring, true, &failure) < 0 ||
      uring_start(&ring, &block.disk.direct_fd, 1, &failure) < 0) {
    puts(failure.text);
    return 3;
  }
  ring.done[URING_BLOCK] = block_uring_done;
  ring.context[URING_BLOCK] = &block;
  block.ring = &ring;
  block.disk.file = block.disk.direct_file = 0;
  block.workers.requests = requests;
  block.workers.wake_fd = eventfd(0, EFD_SEMAPHORE);
  size_t length = 1 << 16;
  void *bytes = aligned_alloc(length, length);
  if (!bytes) return 1;
  memset(bytes, 1, length);
  requests[0] = (struct disk_request){.operation = FATA_BLOCK_OP_WRITE, .count = 1, .offset = length, .length = length};
  requests[0].pieces[0] = (struct iovec){bytes, length};
  if (!block_uring_start(&block, &requests[0])) return 1;
  while (!block.ended && !block.workers.waiting) uring_enter(&ring);
  printf("%s, %u threads\n", block.ended ? "ended" : "waiting", kernel_threads());
  return block.ended ? block.ended->status : 0;
}
