/*
 * How devices are read and written (`--io`): on an io_uring, or by a system call each.
 */
#ifndef FATA_IO_H
#define FATA_IO_H

#include "tender.h"

/*
 * Chooses, and opens what it takes; the devices are open and have their final descriptors.
 * `how`: "uring", "rw", or "auto" for uring where it can be had; `why`: for people.
 * Returns 0, or -1 with the failure told: the ring cannot be had, and nothing else was allowed.
 */
int io_choose(struct fata_guest *g, const char *how, char *why, size_t size, struct failure *failure);

/* The choice, in a line for --explain. */
const char *io_name(const struct fata_guest *g);

#endif
