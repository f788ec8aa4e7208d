#include "xxh64.h"

#include <string.h>

/* The primes of the specification. */
#define P1 0x9e3779b185ebca87u
#define P2 0xc2b2ae3d27d4eb4fu
#define P3 0x165667b19e3779f9u
#define P4 0x85ebca77c2b2ae63u
#define P5 0x27d4eb2f165667c5u

#define LANES 4
#define STRIPE (LANES * 8)

static uint64_t rotate(uint64_t x, int by) {
  return x << by | x >> (64 - by);
}

/* Both processors are little-endian, as the specification is. */
static uint64_t load64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static uint64_t mix(uint64_t lane, uint64_t input) {
  return rotate(lane + input * P2, 31) * P1;
}

/* Stripes of four numbers, a lane for each, and the lanes together. */
static uint64_t stripes(const uint8_t **at, const uint8_t *end) {
  uint64_t lanes[LANES] = {P1 + P2, P2, 0, -P1};
  for (; end - *at >= STRIPE; *at += STRIPE)
    for (int i = 0; i < LANES; i++) lanes[i] = mix(lanes[i], load64(*at + 8 * i));
  uint64_t sum = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
  for (int i = 0; i < LANES; i++) sum = (sum ^ mix(0, lanes[i])) * P1 + P4;
  return sum;
}

uint64_t xxh64(const void *bytes, size_t length) {
  const uint8_t *at = bytes, *end = at + length;
  uint64_t hash = (length < STRIPE ? P5 : stripes(&at, end)) + length;
  for (; end - at >= 8; at += 8) hash = rotate(hash ^ mix(0, load64(at)), 27) * P1 + P4;
  if (end - at >= 4) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    hash = rotate(hash ^ word * P1, 23) * P2 + P3;
    at += 4;
  }
  for (; at < end; at++) hash = rotate(hash ^ *at * P5, 11) * P1;
  hash = (hash ^ hash >> 33) * P2;
  hash = (hash ^ hash >> 29) * P3;
  return hash ^ hash >> 32;
}
