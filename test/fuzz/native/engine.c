/*
 *   TARGET FOLDER SEED INPUTS      feeds the files of a folder, then mutations of them and of what reached new code
 *
 * Prints `INPUTS inputs, ACCEPTED accepted, CORPUS kept, EDGES edges`. An input that a target does not stand is written
 * to FOLDER/failure, and the run ends with a sanitizer's report. Same arguments, same inputs.
 *
 * gcc reports each basic block and each comparison of the target (-fsanitize-coverage=trace-pc,trace-cmp; clang's
 * libFuzzer does more, but is 150 MB to install). An input that reaches something new is kept and mutated further; the
 * values that the target compares its input with are put into it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "memory.h"

#define INPUT_MAX 8192u
#define CORPUS_MAX 8192u
/* No input takes nearly as long, in seconds. */
#define HANG 20

bool accepted;
jmp_buf refused;
char refusal[8192];

/* ---- What the target has reached --------------------------------------------------------------------------------- */

#define MAP 65536u
static uint8_t hits[MAP], seen[MAP];
static uint16_t touched[MAP];
static unsigned touched_count, edges;
static uintptr_t previous;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {
  uintptr_t pc = (uintptr_t)__builtin_return_address(0);
  uintptr_t at = (pc ^ pc >> 16 ^ previous) % MAP;
  previous = pc << 1;
  if (hits[at] == 0) touched[touched_count++] = (uint16_t)at;
  if (hits[at] < 255) hits[at]++;
}

/* Whether the last input took a way, or took it so often (in powers of two), that none did before. */
static bool is_new(void) {
  bool fresh = false;
  for (unsigned i = 0; i < touched_count; i++) {
    uint16_t at = touched[i];
    uint8_t often = (uint8_t)(1u << (31 - __builtin_clz(hits[at])));
    if (seen[at] == 0) edges++;
    if ((seen[at] & often) == 0) fresh = true;
    seen[at] |= often;
    hits[at] = 0;
  }
  touched_count = 0;
  previous = 0;
  return fresh;
}

/* Comparisons that failed: what was there, what was expected. The latest ones are remembered. */
#define PAIRS 64u
static struct pair {
  uint8_t from[32], to[32], from_length, to_length;
} pairs[PAIRS];
static unsigned pair_count;

static void remember(const void *from, size_t from_length, const void *to, size_t to_length) {
  struct pair *p = &pairs[pair_count++ % PAIRS];
  p->from_length = (uint8_t)(from_length < sizeof p->from ? from_length : sizeof p->from);
  p->to_length = (uint8_t)(to_length < sizeof p->to ? to_length : sizeof p->to);
  memcpy(p->from, from, p->from_length);
  memcpy(p->to, to, p->to_length);
}

#define COMPARE(bits, bytes)                                                                         \
  void __sanitizer_cov_trace_cmp##bytes(uint##bits##_t a, uint##bits##_t b);                         \
  void __sanitizer_cov_trace_cmp##bytes(uint##bits##_t a, uint##bits##_t b) {                        \
    if (a != b) remember(&a, sizeof a, &b, sizeof b);                                                \
  }                                                                                                  \
  void __sanitizer_cov_trace_const_cmp##bytes(uint##bits##_t a, uint##bits##_t b);                   \
  void __sanitizer_cov_trace_const_cmp##bytes(uint##bits##_t a, uint##bits##_t b) {                  \
    if (a != b) remember(&b, sizeof b, &a, sizeof a);                                                \
  }
COMPARE(8, 1)
COMPARE(16, 2)
COMPARE(32, 4)
COMPARE(64, 8)

void __sanitizer_cov_trace_switch(uint64_t value, void *list);
void __sanitizer_cov_trace_switch(uint64_t value, void *list) {
  /* How many cases, their width in bits, then they. One a call is enough. */
  const uint64_t *cases = list;
  if (cases[0] == 0) return;
  uint64_t expected = cases[2 + pair_count % cases[0]];
  if (value != expected) remember(&value, cases[1] / 8, &expected, cases[1] / 8);
}

/* The linker calls these in place of the C library's. */
int __real_memcmp(const void *a, const void *b, size_t length);
int __wrap_memcmp(const void *a, const void *b, size_t length);
int __wrap_memcmp(const void *a, const void *b, size_t length) {
  int result = __real_memcmp(a, b, length);
  if (result != 0) remember(a, length, b, length);
  return result;
}

int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b) {
  int result = __real_strcmp(a, b);
  if (result != 0) {
    remember(a, strlen(a), b, strlen(b));
    remember(b, strlen(b), a, strlen(a));
  }
  return result;
}

/* ---- The end ----------------------------------------------------------------------------------------------------- */

static struct input {
  uint8_t *bytes;
  size_t length;
} corpus[CORPUS_MAX], current;
static unsigned corpus_count;
/* Those that the target found good: what lies behind the checks begins with them. */
static unsigned good[CORPUS_MAX], good_count;
static const char *folder;

/* Also called by the sanitizers, before they end the process. */
static void keep_failure(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/failure", folder);
  FILE *file = fopen(path, "w");
  if (!file) return;
  fwrite(current.bytes, 1, current.length, file);
  fclose(file);
}

void __sanitizer_set_death_callback(void (*callback)(void));

static _Noreturn void end(const char *why, const char *what) {
  fprintf(stderr, "%s%s\n", why, what);
  keep_failure();
  _Exit(1);
}

void broken(const char *condition) { end("does not hold: ", condition); }

/* The tender ends with a line on standard error; here it comes back to the target. */
_Noreturn void __wrap__exit(int status);
_Noreturn void __wrap__exit(int status) {
  CHECK(status >= 64 && status <= 71);
  longjmp(refused, 1);
}

void __wrap_console_message(const char *text);
void __wrap_console_message(const char *text) {
  size_t size = strnlen(text, sizeof refusal - 1);
  memcpy(refusal, text, size);
  refusal[size] = 0;
}

static void hang(int signal) {
  (void)signal;
  end("takes too long", "");
}

bool is_line(const char *text) {
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    if (*c < 0x20 || *c == 0x7f) return false;
    /* In UTF-8: C1, U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. */
    if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) return false;
    if (*c == 0xd8 && c[1] == 0x9c) return false;
    if (*c != 0xe2 || c[1] == 0) continue;
    if (c[1] == 0x80 && (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae))) return false;
    if (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9) return false;
  }
  return text[0] != 0;
}

/* ---- Mutations --------------------------------------------------------------------------------------------------- */

static uint64_t state;

static uint32_t any(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

static size_t below(size_t n) { return n ? any() % n : 0; }

static uint8_t work[INPUT_MAX];
static size_t length;

/* Replaces `old` bytes at `at` by others. What becomes too long stays as it is. */
static void replace(size_t at, size_t old, const uint8_t *bytes, size_t count) {
  if (length - old + count > INPUT_MAX) return;
  uint8_t copy[INPUT_MAX];
  if (count) memcpy(copy, bytes, count);
  memmove(work + at + count, work + at + old, length - at - old);
  if (count) memcpy(work + at, copy, count);
  length = length - old + count;
}

static void put_number(void) {
  static const uint64_t edges_of_numbers[] = {0, 1, 2, 7, 8, 16, 63, 64, 127, 128, 255, 256, 4096, 65535, 65536,
                                              0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, INT64_MAX};
  size_t size = 1u << below(4);
  if (length < size) return;
  uint64_t value = edges_of_numbers[below(20)];
  if (below(3) == 0) value = 0 - value - below(2);
  else if (below(3) == 0) value += below(64) - 32;
  memcpy(work + below(length - size + 1), &value, size);
}

/* Puts what the target wanted to where it looked, or anywhere. */
static void put_compared(void) {
  const struct pair *p = &pairs[below(pair_count < PAIRS ? pair_count : PAIRS)];
  size_t from = below(length + 1), found = length;
  for (size_t i = 0; p->from_length && i + p->from_length <= length && found == length; i++) {
    size_t at = (from + i) % (length - p->from_length + 1);
    /* A single byte is everywhere. */
    if (__real_memcmp(work + at, p->from, p->from_length) == 0 && (p->from_length > 1 || below(4) == 0)) found = at;
  }
  if (found < length) replace(found, p->from_length, p->to, p->to_length);
  else replace(from, below(2) ? 0 : below(length - from + 1) % 9, p->to, p->to_length);
}

static void mutate_once(void) {
  size_t at = below(length), count = below(length - at + 1);
  const struct input *other = &corpus[below(corpus_count)];
  if (below(2)) count %= 17;
  switch (below(10)) {
    case 0:
      if (length) work[at] ^= (uint8_t)(1u << below(8));
      break;
    case 1:
      if (length) work[at] = (uint8_t)any();
      break;
    case 2:
    case 3:
      put_number();
      break;
    case 4:
      replace(at, count, NULL, 0);
      break;
    case 5: /* again, in another place */
      replace(below(length + 1), 0, work + at, count);
      break;
    case 6: { /* a piece of another input */
      size_t from = below(other->length), piece = below(other->length - from + 1);
      replace(at, below(2) ? count : 0, other->bytes + from, piece);
      break;
    }
    case 7:
      if (below(4) == 0) length = at;
      break;
    default:
      if (pair_count) put_compared();
  }
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

static unsigned long long fed, accepted_count;

static void feed_one(const uint8_t *bytes, size_t count, bool keep_it) {
  current.length = count;
  /* A block of its own, so that one byte beyond it is an error. */
  current.bytes = __real_malloc(count ? count : 1);
  memcpy(current.bytes, bytes, count);
  uint8_t *exact = __real_malloc(count);
  memcpy(exact, bytes, count);
  accepted = false;
  if (fed++ % 4096 == 0) alarm(HANG);
  feed(exact, count);
  accepted_count += accepted;
  release_memory();
  __real_free(exact);
  bool fresh = is_new();
  if ((!fresh && !keep_it) || corpus_count == CORPUS_MAX) {
    __real_free(current.bytes);
    return;
  }
  if (accepted) good[good_count++] = corpus_count;
  corpus[corpus_count++] = current;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return __real_strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(void) {
  struct dirent **names;
  int count = scandir(folder, &names, NULL, by_name);
  for (int i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
    FILE *file = names[i]->d_name[0] == '.' ? NULL : fopen(path, "r");
    if (!file) continue;
    size_t size = fread(work, 1, sizeof work, file);
    fclose(file);
    feed_one(work, size, true);
  }
}

/* The latest finds are the most promising ones. */
static size_t choose(void) {
  if (good_count > 0 && below(3) == 0) return good[below(good_count)];
  if (below(2)) return below(corpus_count);
  return corpus_count - 1 - below(corpus_count < 64 ? corpus_count : 64);
}

int main(int count, char **words) {
  if (count != 4) return 64;
  folder = words[1];
  state = strtoull(words[2], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
  unsigned long long inputs = strtoull(words[3], NULL, 10);
  __sanitizer_set_death_callback(keep_failure);
  signal(SIGALRM, hang);
  read_folder();
  if (corpus_count == 0) end("no inputs in ", folder);
  while (fed < inputs) {
    size_t from = choose();
    length = corpus[from].length;
    memcpy(work, corpus[from].bytes, length);
    do mutate_once();
    while (below(2));
    feed_one(work, length, false);
  }
  fprintf(stderr, "%llu inputs, %llu accepted, %u kept, %u edges\n", fed, accepted_count, corpus_count, edges);
  /* The leak check would find what the corpus holds. */
  _Exit(0);
}
