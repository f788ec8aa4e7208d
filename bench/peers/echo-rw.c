/*
 * echo-rw TAP ADDRESS
 *
 * What the tender is measured against: a plain C program on a tap, with one read and one write a frame.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "echo.h"

int main(int argc, char **argv) {
  static uint8_t frame[65536] __attribute__((aligned(64)));
  int tap = echo_open(argc, argv);
  for (;;) {
    ssize_t length = read(tap, frame, sizeof frame);
    if (length < 0) {
      if (errno == EINTR || errno == EIO) continue;
      perror("echo-rw: read");
      return 1;
    }
    /* A frame that the kernel does not take is lost, as on any network. */
    if (echo_answer(frame, (size_t)length) && write(tap, frame, (size_t)length) < 0 && errno == EBADFD) return 1;
  }
}
