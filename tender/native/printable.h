/* Text from outside, as it may stand on a terminal; the same in TypeScript: tender/printable.ts. */
#ifndef FATA_PRINTABLE_H
#define FATA_PRINTABLE_H

#include <stddef.h>

/* Most bytes that one byte of a text becomes. */
#define PRINTABLE_GROWTH 6

/*
 * Writes text in which the characters that a terminal would obey stand as \u{1b}, and what is not UTF-8 as U+FFFD. Uses
 * no C library: a guest's fault may be anywhere. What does not fit is left out.
 * Returns how many bytes of `to` are used; the last of `size` holds the zero behind them.
 */
size_t printable(char *to, size_t size, const void *text, size_t length);

#endif
