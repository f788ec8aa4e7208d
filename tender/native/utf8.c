#include "utf8.h"

size_t utf8_decode(const uint8_t *text, size_t length, uint32_t *character) {
  /* The least that a sequence of each length may stand for: RFC 3629 allows nothing longer than needed. */
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t size = 1;
  if (length == 0) return 0;
  uint32_t c = text[0];
  if (c >= 0xc0) size = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
  else if (c >= 0x80) return 0;
  if (c >= 0xf8 || size > length) return 0;
  if (size > 1) c &= 0x7fu >> size;
  for (size_t i = 1; i < size; i++) {
    if ((text[i] & 0xc0) != 0x80) return 0;
    c = c << 6 | (text[i] & 0x3f);
  }
  if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0;
  *character = c;
  return size;
}

bool utf8_check(const void *bytes, size_t length, size_t *units) {
  const uint8_t *text = bytes;
  size_t count = 0, size;
  uint32_t character;
  for (size_t at = 0; at < length; at += size) {
    size = utf8_decode(text + at, length - at, &character);
    if (size == 0) return false;
    count += size == 4 ? 2 : 1;
  }
  if (units) *units = count;
  return true;
}
