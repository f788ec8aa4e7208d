/* The process's descriptors: what the guest is given gets fixed numbers, everything else is closed. */
#ifndef FATA_DESCRIPTORS_H
#define FATA_DESCRIPTORS_H

#include "tender.h"

/* The first number after standard input, output and error. */
#define DESCRIPTORS_FIRST 3

/* Opens /dev/null for standard input, output or error that the parent has closed: a device must not take its place.
   False, with errno set, where that cannot be. */
bool descriptors_standard(void);

/* Devices become 3, 4, ...: networks, then disks. Whatever else is open is closed. Returns 0, or -1 with the failure told. */
int descriptors_arrange(struct fata_guest *g, struct failure *failure);

#endif
