/* The guest's two clocks, in nanoseconds. */
#ifndef FATA_CLOCK_H
#define FATA_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND 1000000000ull

static inline uint64_t clock_read(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

/* Nanoseconds since `origin`, an earlier value of clock_now(0). Goes on while the host sleeps. */
static inline uint64_t clock_now(uint64_t origin) {
  return clock_read(CLOCK_BOOTTIME) - origin;
}

/* Unix time. May jump. */
static inline uint64_t clock_wall(void) {
  return clock_read(CLOCK_REALTIME);
}

#endif
