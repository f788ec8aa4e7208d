/*
 * `--stats` and SIGUSR1: what was counted (counters.h), on standard error: a line for the loop and one for each device, or
 * all of it as one JSON object on a line of its own.
 */
#ifndef FATA_STATISTICS_H
#define FATA_STATISTICS_H

#include <stdbool.h>

struct fata_guest;

/* Has them printed at the end of the process, too. `json`: as JSON, each time. */
void statistics_choose(const struct fata_guest *guest, bool json);

/* Prints them as they are now. */
void statistics_print(const struct fata_guest *guest);

/* To be called before each end of a guest that has started. May be called from a signal handler: it uses no C library. */
void statistics_end(void);

#endif
