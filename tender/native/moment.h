/*
 * What a tender has held is free a moment after its process is gone: the kernel closes a ring's files in its own time, some
 * milliseconds later. Who starts the next one at once, as systemd's Restart= does, is not to be refused for that.
 */
#ifndef FATA_MOMENT_H
#define FATA_MOMENT_H

#include <stdbool.h>
#include <time.h>

/* Waits a little. `waits`: 0 at first. Returns false when it has been about a second: what is not free by now is in use. */
static inline bool moment_passes(unsigned *waits) {
  struct timespec little = {.tv_nsec = 10000000};
  if (++*waits > 100) return false;
  nanosleep(&little, NULL);
  return true;
}

#endif
