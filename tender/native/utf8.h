/* UTF-8 from outside: names, manifests, the command line. */
#ifndef FATA_UTF8_H
#define FATA_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether bytes are UTF-8 (RFC 3629: no surrogates, nothing longer than needed).
 * `units`, unless NULL: how long the text is as JavaScript counts, in UTF-16 units, for limits that are stated so.
 */
bool utf8_check(const void *bytes, size_t length, size_t *units);

#endif
