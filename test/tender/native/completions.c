/*
 * An error among more completions than the ring has room for: uring_enter hands over all of them, so that no operation of
 * one batch is told of in the next. Prints how many reads were through when the error was told, and then in all; ends with
 * status 3 and the reason where there is no ring to be had. With a word it is a ring whose completions wake ppoll.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../../tender/native/uring.h"

/* uring.c's, for a ring that has failed. */
void console_flush(void) {}
void console_message(const char *text) { fprintf(stderr, "%s\n", text); }

/* More than the ring has room for. */
#define READS (URING_COMPLETIONS + 100u)

static struct uring ring;
static unsigned through;
static int32_t error;

static void read_done(void *context, uint64_t number, int32_t result) {
  (void)context, (void)number;
  ring.in_flight--;
  through += result == sizeof(uint64_t);
}

static void write_done(void *context, uint64_t number, int32_t result) {
  (void)context, (void)number;
  error = result;
}

int main(int count, char **words) {
  static uint64_t counts[READS];
  struct failure failure;
  (void)words;
  int ends[2];
  if (pipe(ends) < 0) return 1;
  int files[] = {eventfd(0, EFD_SEMAPHORE), ends[1]};
  if (uring_open(&ring, count > 1, &failure) < 0 || uring_start(&ring, files, 2, &failure) < 0) {
    puts(failure.text);
    return 3;
  }
  ring.done[URING_BLOCK] = read_done;
  ring.done[URING_NET] = write_done;
  for (unsigned i = 0; i < READS; i++) {
    struct io_uring_sqe *request = uring_prepare(&ring, IORING_OP_READ, 0, URING_TAG(URING_BLOCK, i));
    request->addr = (uint64_t)(uintptr_t)&counts[i];
    request->len = sizeof *counts;
    ring.in_flight++;
  }
  uring_enter(&ring);
  eventfd_write(files[0], READS);
  /* No program has memory there. */
  struct io_uring_sqe *request = uring_prepare(&ring, IORING_OP_WRITE, 1, URING_TAG(URING_NET, 0));
  request->addr = 8;
  request->len = 1;
  request->rw_flags = RWF_NOWAIT;
  uring_enter(&ring);
  printf("%s, %u of %u\n", error == -EFAULT ? "told" : "not told", through, READS);
  return 0;
}
