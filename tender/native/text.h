/*
 * Text: put together from pieces, and numbers read from it. All messages of the tenders are made here. Not by printf, of
 * which a static program would hold 30 kB, arithmetic for decimal fractions among it, and which is not for signal handlers.
 * Everything here may be called from one: nothing but memcpy and strnlen of the C library is used.
 */
#ifndef FATA_TEXT_H
#define FATA_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends with a zero whenever something was added. */
struct text {
  char *bytes;
  /* Of the bytes, at least 1. */
  size_t size;
  size_t length;
  /* Takes the bytes when they are full, and at text_end. Where it is NULL, what does not fit is cut off. */
  void (*take)(const void *bytes, size_t length);
};

void text_put(struct text *t, const void *bytes, size_t length);

/* As printf, of which there are %s, %.3s, %.*s, %d, %u, %x, %ld, %lu, %lx, %lld, %llu, %llx, %zu and %%. Another one aborts. */
void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3), cold));
void text_add_list(struct text *t, const char *format, va_list list) __attribute__((format(printf, 2, 0), cold));

/* Passes on what has not been yet. */
void text_end(struct text *t);

/* As snprintf, but returns how many bytes have become text: less than `size`, also where the rest was cut off. */
size_t text_format(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4), cold));

/*
 * Reads the digits at `*text`, as a number of at most `most`, and leaves `*text` behind them.
 * Returns false where there is no digit, or the number is larger.
 */
bool text_number(const char **text, uint64_t most, uint64_t *number);

#endif
