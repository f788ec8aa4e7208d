/* UTF-8 from outside: names, manifests, the command line. */
#ifndef FATA_UTF8_H
#define FATA_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the first character of a text (RFC 3629: no surrogates, nothing longer than needed). Returns its bytes, or 0. */
size_t utf8_decode(const uint8_t *text, size_t length, uint32_t *character);

/*
 * Whether bytes are UTF-8.
 * `units`, unless NULL: how long the text is as JavaScript counts, in UTF-16 units, for limits that are stated so.
 */
bool utf8_check(const void *bytes, size_t length, size_t *units);

#endif
