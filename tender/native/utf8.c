#include "utf8.h"

#include <stdint.h>

/* The bytes that follow a first byte, or -1. */
static int followers(uint8_t first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

bool utf8_check(const void *bytes, size_t length, size_t *units) {
  const uint8_t *at = bytes;
  size_t count = 0;
  for (size_t i = 0; i < length;) {
    int more = followers(at[i]);
    if (more < 0 || (size_t)more >= length - i) return false;
    for (int k = 1; k <= more; k++)
      if ((at[i + (size_t)k] & 0xc0) != 0x80) return false;
    /* Too long, a surrogate, beyond U+10FFFF: all show in the second byte. */
    if ((at[i] == 0xe0 && at[i + 1] < 0xa0) || (at[i] == 0xed && at[i + 1] > 0x9f) ||
        (at[i] == 0xf0 && at[i + 1] < 0x90) || (at[i] == 0xf4 && at[i + 1] > 0x8f))
      return false;
    count += more == 3 ? 2 : 1;
    i += (size_t)more + 1;
  }
  if (units) *units = count;
  return true;
}
