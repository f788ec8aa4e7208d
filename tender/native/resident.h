/*
 * Gives back memory that only the start of the process needed.
 */
#ifndef FATA_RESIDENT_H
#define FATA_RESIDENT_H

/*
 * Unmaps the pages of program code: starting an engine touches megabytes of it that a running guest never comes back
 * to. What is needed again is mapped again from the page cache when it is executed. To be called before the lock-down;
 * does nothing where /proc is not mounted.
 */
void resident_trim(void);

#endif
