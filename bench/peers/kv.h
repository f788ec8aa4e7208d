/* What the key-value peers have in common: the same keys, values and kinds of work as bench/images/kvrw. */
#ifndef KV_H
#define KV_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

struct work {
  const char *path;
  const char *kind;
  uint32_t keys, count, length, group;
};

static uint32_t seed = 1;

static inline uint32_t next(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

/* A key. Returns its bytes. */
static inline int key_of(char *key, uint32_t i) { return sprintf(key, "/k/%u", i); }

static inline struct work read_work(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: %s PATH commit|fill|get KEYS COUNT LENGTH GROUP\n", argv[0]);
    exit(64);
  }
  return (struct work){argv[1],       argv[2],       atoi(argv[3]),
                       atoi(argv[4]), atoi(argv[5]), atoi(argv[6])};
}

static inline void done(const struct work *work, uint64_t ns) {
  printf("%u %llu\n", work->count, (unsigned long long)ns);
}

#endif
