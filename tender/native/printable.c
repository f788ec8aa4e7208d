#include "printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Longest that a character becomes: \u{2028} */
#define PIECE_MAX 10

/* Control characters, line separators, and what turns the direction of writing. */
static bool is_obeyed(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static size_t escape(char *to, uint32_t c) {
  size_t length = 0;
  int shift = 12;
  to[length++] = '\\';
  to[length++] = 'u';
  to[length++] = '{';
  while (shift > 0 && c >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) to[length++] = "0123456789abcdef"[c >> shift & 15];
  to[length++] = '}';
  return length;
}

/* What the first character of a text becomes. Returns how many bytes it has; `used`, how many bytes it is. */
static size_t convert(char *to, const uint8_t *text, size_t length, size_t *used) {
  uint32_t c;
  *used = utf8_decode(text, length, &c);
  if (*used > 0 && is_obeyed(c)) return escape(to, c);
  size_t size = *used > 0 ? *used : sizeof REPLACEMENT - 1;
  memcpy(to, *used > 0 ? (const char *)text : REPLACEMENT, size);
  if (*used == 0) *used = 1;
  return size;
}

size_t printable(char *to, size_t size, const void *text, size_t length) {
  const uint8_t *at = text, *end = at + length;
  char piece[PIECE_MAX];
  size_t filled = 0, used;
  for (; at < end; at += used) {
    size_t count = convert(piece, at, (size_t)(end - at), &used);
    if (count >= size - filled) break;
    memcpy(to + filled, piece, count);
    filled += count;
  }
  to[filled] = 0;
  return filled;
}
