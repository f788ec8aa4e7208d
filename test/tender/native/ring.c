/*
 * The tender's own ring, as uring.c sets it up, in the hands of who controls the whole process: what it is made to do
 * besides reading, writing and flushing a registered file. Prints a line for each attempt, with its result; ends with
 * status 3 and the reason where there is no ring to be had.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../tender/native/uring.h"

/* uring.c's, for a ring that has failed. */
void console_flush(void) {}
void console_message(const char *text) { fprintf(stderr, "%s\n", text); }

static struct uring ring;
static int64_t result;
static char buffer[4096] = "words";

static void done(void *context, uint64_t number, int32_t outcome) {
  (void)context, (void)number;
  result = outcome;
}

/* Prepares a request; the next line may change it. */
static struct io_uring_sqe *request(uint8_t operation, int file) {
  struct io_uring_sqe *r = uring_prepare(&ring, operation, file, URING_TAG(URING_NET, 1));
  r->addr = (uint64_t)(uintptr_t)buffer;
  r->len = 5;
  result = 1 << 20; /* no completion */
  return r;
}

static void tell(const char *what, long number) {
  /* A thread of the kernel's may do it. */
  ring.in_flight = 1;
  for (int i = 0; i < 1000 && result == 1 << 20; i++) {
    uring_enter(&ring);
    if (result == 1 << 20) usleep(1000);
  }
  ring.in_flight = 0;
  printf("%s %ld: %lld\n", what, number, (long long)result);
}

int main(void) {
  struct failure failure;
  int file = memfd_create("file", 0), other = memfd_create("other", 0);
  if (uring_open(&ring, false, &failure) < 0 || uring_start(&ring, &file, 1, &failure) < 0) {
    puts(failure.text);
    return 3;
  }
  ring.done[URING_NET] = done;
  request(IORING_OP_WRITE, 0);
  tell("allowed: write", 0);
  request(IORING_OP_READ, 0);
  tell("allowed: read", 0);
  request(IORING_OP_FSYNC, 0)->len = 0;
  ring.requests[(ring.prepared - 1) & ring.mask].addr = 0;
  tell("allowed: fsync", 0);
  for (int operation = 0; operation < 256; operation++) {
    if (operation == IORING_OP_READ || operation == IORING_OP_READV || operation == IORING_OP_WRITE ||
        operation == IORING_OP_WRITEV || operation == IORING_OP_FSYNC)
      continue;
    request((uint8_t)operation, 0);
    tell("operation", operation);
    request((uint8_t)operation, AT_FDCWD)->flags = 0;
    tell("operation on no file", operation);
  }
  for (unsigned flag = 0; flag < 8; flag++) {
    unsigned bit = 1u << flag;
    if (bit == IOSQE_FIXED_FILE || bit == IOSQE_CQE_SKIP_SUCCESS) continue;
    request(IORING_OP_READ, 0)->flags |= (uint8_t)bit;
    tell("flag", flag);
  }
  const int files[] = {0, file, other, STDOUT_FILENO, AT_FDCWD};
  for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
    request(IORING_OP_READ, files[i])->flags = 0;
    tell("unregistered", files[i]);
  }
  request(IORING_OP_READ, 1);
  tell("no such file", 1);
  request(IORING_OP_READ, 0)->personality = 1;
  tell("personality", 1);
  for (int operation = 0; operation < 64; operation++) {
    long outcome = syscall(SYS_io_uring_register, ring.fd, operation, &other, 1);
    printf("register %d: %d\n", operation, outcome < 0 ? -errno : (int)outcome);
  }
  return 0;
}
