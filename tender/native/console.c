#define _GNU_SOURCE
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static char buffer[16384];
static volatile size_t gathered;
/* Why no more is written, or 0. */
static int failed;
/* Whether the buffer is being written, and what is to be done after that. */
static volatile sig_atomic_t flushing;
static void (*volatile deferred)(void);

/* Writes everything, however slowly the reader takes it. Returns false when there is no reader any more. */
static bool write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t done = write(fd, bytes, length);
    if (done >= 0) {
      bytes += done;
      length -= (size_t)done;
    } else if (errno == EAGAIN) {
      struct pollfd room = {.fd = fd, .events = POLLOUT};
      ppoll(&room, 1, NULL, NULL);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void console_flush(void) {
  if (gathered == 0) return;
  flushing = 1;
  if (!failed && !write_all(STDOUT_FILENO, buffer, gathered)) failed = errno;
  gathered = 0;
  flushing = 0;
  if (deferred) deferred();
}

bool console_defer(void (*call)(void)) {
  deferred = call;
  return flushing;
}

void console_write(const void *bytes, size_t length) {
  if (length > sizeof buffer - gathered) console_flush();
  if (length > sizeof buffer) {
    if (!failed && !write_all(STDOUT_FILENO, bytes, length)) failed = errno;
    return;
  }
  memcpy(buffer + gathered, bytes, length);
  gathered += length;
}

int console_failure(void) {
  return failed;
}

void console_error(const void *bytes, size_t length) {
  write_all(STDERR_FILENO, bytes, length);
}

void console_message(const char *text) {
  write_all(STDERR_FILENO, "tender: ", strlen("tender: "));
  write_all(STDERR_FILENO, text, strlen(text));
  write_all(STDERR_FILENO, "\n", 1);
}
