/*
 * A read of LENGTH bytes of FILE, which lies in the host's memory: prints whether the loop has it carried out on the ring,
 * which copies at once, or by a thread. With a word more, past the host's memory, where the ring copies nothing. Ends with status 3 and the reason where there is no ring to be had.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "../../../tender/native/ring_block.h"

#define MEMORY (8u << 20)
#define HEADER 64u
#define REQUESTS 4096u
#define COMPLETIONS 8192u
#define SEGMENTS 12288u
#define BUFFER 65536u

static struct uring ring;
static struct block block;

int main(int count, char **words) {
  struct failure failure;
  struct memory m = {.base = aligned_alloc(BUFFER, MEMORY), .length = MEMORY};
  uint64_t length = count >= 3 ? strtoull(words[2], NULL, 10) : 0;
  if (length == 0 || !m.base) return 64;
  memset(m.base, 0, MEMORY);
  bool direct = count == 4;
  if (block_open(&block, "disk", words[1], direct ? DISK_DIRECT : 0, &failure) < 0 || uring_open(&ring, true, &failure) < 0 ||
      uring_start(&ring, direct ? &block.disk.direct_fd : &block.disk.fd, 1, &failure) < 0) {
    puts(failure.text);
    return 3;
  }
  block.ring = &ring;
  block.disk.file = block.disk.direct_file = 0;
  /* Else one request alone is carried out by a call. */
  block.disk.cached = false;
  block.workers.wake_fd = eventfd(0, EFD_SEMAPHORE);
  memory_store(&m, HEADER + FATA_BLOCK_REQUESTS, REQUESTS);
  memory_store(&m, HEADER + FATA_BLOCK_COMPLETIONS, COMPLETIONS);
  memory_store(&m, HEADER + FATA_BLOCK_SIZE, 1);
  memory_store(&m, HEADER + FATA_BLOCK_SUBMITTED, 1);
  memory_store(&m, REQUESTS + FATA_BLOCK_REQUEST_OP, FATA_BLOCK_OP_READ);
  memory_store(&m, REQUESTS + FATA_BLOCK_REQUEST_SEGMENTS, SEGMENTS);
  memory_store(&m, REQUESTS + FATA_BLOCK_REQUEST_COUNT, 1);
  memory_store(&m, SEGMENTS + FATA_SEGMENT_ADDRESS, BUFFER);
  memory_store(&m, SEGMENTS + FATA_SEGMENT_LENGTH, (uint32_t)length);
  if (!block_attach(&block, &m, HEADER) || block_pass(&block, &m) != 0) return 1;
  puts(ring.in_flight == 1 ? "ring" : block.workers.waiting != 0 ? "thread" : "neither");
  return 0;
}
