#include "text.h"

#include <stdlib.h>
#include <string.h>

void text_put(struct text *t, const void *bytes, size_t length) {
  const char *at = bytes;
  for (;;) {
    size_t room = t->size - 1 - t->length, part = length < room ? length : room;
    memcpy(t->bytes + t->length, at, part);
    t->length += part;
    t->bytes[t->length] = 0;
    length -= part;
    if (length == 0 || !t->take) return;
    at += part;
    text_end(t);
  }
}

void text_end(struct text *t) {
  if (t->length > 0) t->take(t->bytes, t->length);
  t->length = 0;
}

static void put_number(struct text *t, uint64_t number, unsigned base) {
  char digits[20], *at = digits + sizeof digits;
  do *--at = "0123456789abcdef"[number % base];
  while ((number /= base) > 0);
  text_put(t, at, (size_t)(digits + sizeof digits - at));
}

static void put_signed(struct text *t, int64_t number) {
  if (number < 0) text_put(t, "-", 1);
  put_number(t, number < 0 ? -(uint64_t)number : (uint64_t)number, 10);
}

void text_add_list(struct text *t, const char *format, va_list list) {
  for (;;) {
    size_t plain = strcspn(format, "%"), most = SIZE_MAX;
    text_put(t, format, plain);
    format += plain;
    if (*format++ == 0) return;
    if (format[0] == '.' && format[1] == '*') {
      most = (size_t)va_arg(list, int);
      format += 2;
    } else if (*format == '.') {
      for (most = 0, format++; *format >= '0' && *format <= '9'; format++) most = most * 10 + (size_t)(*format - '0');
    }
    /* long, long long and size_t are all of 64 bits. */
    bool wide = false;
    for (; *format == 'l' || *format == 'z'; format++) wide = true;
    const char *s;
    switch (*format++) {
      case 's': s = va_arg(list, const char *); text_put(t, s, strnlen(s, most)); break;
      case 'd': put_signed(t, wide ? va_arg(list, int64_t) : va_arg(list, int)); break;
      case 'u': put_number(t, wide ? va_arg(list, uint64_t) : va_arg(list, unsigned), 10); break;
      case 'x': put_number(t, wide ? va_arg(list, uint64_t) : va_arg(list, unsigned), 16); break;
      case '%': text_put(t, "%", 1); break;
      default: abort();
    }
  }
}

void text_add(struct text *t, const char *format, ...) {
  va_list list;
  va_start(list, format);
  text_add_list(t, format, list);
  va_end(list);
}

size_t text_format(char *to, size_t size, const char *format, ...) {
  struct text t = {to, size, 0, NULL};
  va_list list;
  va_start(list, format);
  text_add_list(&t, format, list);
  va_end(list);
  return t.length;
}

bool text_number(const char **text, uint64_t most, uint64_t *number) {
  const char *at = *text;
  for (*number = 0; *at >= '0' && *at <= '9'; at++) {
    uint64_t digit = (uint64_t)(*at - '0');
    if (digit > most || *number > (most - digit) / 10) return false;
    *number = *number * 10 + digit;
  }
  bool some = at > *text;
  *text = at;
  return some;
}
