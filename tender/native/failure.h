/*
 * One line that says what is wrong, what was expected, and the command that mends it. Written by whatever opens
 * something for the guest; the command line puts `tender: ` before it and ends with the status that fits.
 */
#ifndef FATA_FAILURE_H
#define FATA_FAILURE_H

#include "text.h"

struct failure {
  char text[1024];
};

/* Writes the line and yields -1, for: return FAIL(failure, "...", ...). */
#define FAIL(failure, ...) (text_format((failure)->text, sizeof (failure)->text, __VA_ARGS__), -1)

/* The same for what works, but not as one would expect: yields 1. */
#define WARN(failure, ...) (text_format((failure)->text, sizeof (failure)->text, __VA_ARGS__), 1)

#endif
