/*
 * tender/native/text.c against the C library's snprintf and strtoull: the same random values through both.
 *
 *     text SEED ROUNDS
 */
#include "../../../tender/native/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX 40

static uint64_t state;

/* xorshift64 */
static uint64_t random_number(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

/* Of every length, the extremes among them. */
static uint64_t number(void) {
  uint64_t n = random_number() >> random_number() % 64;
  switch (random_number() % 4) {
    case 0: return ~n;
    case 1: return 1ull << random_number() % 64;
    default: return n;
  }
}

static void string(char *to) {
  size_t length = random_number() % LENGTH_MAX;
  for (size_t i = 0; i < length; i++) to[i] = (char)(1 + random_number() % 255);
  to[length] = 0;
}

static void check(int good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s\n", what);
  abort();
}

static char taken[1024];
static size_t taken_length;

static void take(const void *bytes, size_t length) {
  check(length > 0, "nothing is taken");
  memcpy(taken + taken_length, bytes, length);
  taken_length += length;
}

/* Cut off as snprintf does; and in pieces, of which none is lost. The buffers are exact, so that the sanitizer watches. */
#define SAME(...)                                                              \
  do {                                                                         \
    char whole[512];                                                           \
    size_t size = 1 + random_number() % 100, piece = 2 + random_number() % 20; \
    char *here = malloc(size), *pieces = malloc(piece);                        \
    size_t full = (size_t)snprintf(whole, sizeof whole, __VA_ARGS__);          \
    size_t cut = text_format(here, size, __VA_ARGS__);                         \
    check(cut == (full < size ? full : size - 1), "length: " #__VA_ARGS__);    \
    check(memcmp(here, whole, cut) == 0 && !here[cut], "cut: " #__VA_ARGS__);  \
    struct text t = {pieces, piece, 0, take};                                  \
    taken_length = 0;                                                          \
    text_add(&t, __VA_ARGS__);                                                 \
    text_end(&t);                                                              \
    check(taken_length == full, "taken: " #__VA_ARGS__);                       \
    check(memcmp(taken, whole, full) == 0, "pieces: " #__VA_ARGS__);           \
    free(here);                                                                \
    free(pieces);                                                              \
  } while (0)

static void compare_formats(void) {
  char one[LENGTH_MAX], two[LENGTH_MAX], *bytes = malloc(8);
  string(one);
  string(two);
  uint64_t n = number();
  int count = (int)(random_number() % 9);
  /* Not ended by a zero: no more is read than asked for. */
  memset(bytes, 'x', 8);
  SAME("plain");
  SAME("%s", one);
  SAME("[%s] and [%s]", one, two);
  SAME("%.3s|%.0s|%.200s", one, one, two);
  SAME("%.*s", count, bytes);
  SAME("%.*s", -1, two);
  SAME("%d %u %x", (int)n, (unsigned)n, (unsigned)n);
  SAME("%ld %lu %lx", (long)n, (unsigned long)n, (unsigned long)n);
  SAME("%lld %llu 0x%llx", (long long)n, (unsigned long long)n, (unsigned long long)n);
  SAME("100%% of %zu: %s%%", (size_t)n, one);
  free(bytes);
}

static void compare_numbers(void) {
  char digits[64];
  uint64_t most = number(), mine;
  const char *at = digits;
  char *end;
  snprintf(digits, sizeof digits, "%.*s%llu%s", (int)(random_number() % 4), "000", (unsigned long long)number(),
           random_number() % 2 ? "" : random_number() % 2 ? "7" : "x");
  errno = 0;
  unsigned long long number = strtoull(digits, &end, 10);
  if (text_number(&at, most, &mine)) check(errno == 0 && mine == number && mine <= most && at == end, digits);
  else check(errno == ERANGE || number > most, digits);
  at = "x1";
  check(!text_number(&at, most, &mine), "no digits");
}

int main(int count, char **words) {
  if (count != 3) return 1;
  state = strtoull(words[1], NULL, 10) * 2 + 1;
  for (unsigned long i = strtoul(words[2], NULL, 10); i > 0; i--) compare_formats(), compare_numbers();
  return 0;
}
