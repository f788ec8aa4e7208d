/* The kernel's clocks, in ns, for programs that measure. */
#ifndef PEERS_CLOCK_H
#define PEERS_CLOCK_H

#include <err.h>
#include <stdint.h>
#include <time.h>

#define SECOND 1000000000ull

static inline uint64_t read_clock(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) < 0) err(1, "cannot read a clock");
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

#endif
