/*
 * Signals become events for the guest. A handler sets a flag and writes to an eventfd, which the pump polls: signalfd
 * would lose to the engine's threads, which do not block these signals.
 *
 * SIGTERM and SIGINT ask the guest to end. One that does not in the grace time, or at a second such signal, is ended with
 * 128 + signal, also in the midst of an endless loop. SIGUSR1 is passed on.
 */
#ifndef FATA_SIGNALS_H
#define FATA_SIGNALS_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* Seconds from the first signal to the end of a guest that does not end by itself. */
#define SIGNALS_GRACE 5

/* Seconds that the console's reader then has for what the guest wrote last. */
#define SIGNALS_FLUSH 1

/*
 * Has `action` handle the signals, none of them while another one is, and unblocks them: a parent may have blocked them, and
 * the kernel then ends the process without a word at a fault. The action's own mask is overwritten.
 */
void signals_handle(const int *signals, size_t count, struct sigaction *action);

/* Takes over the signals. Returns the descriptor to poll for reading, or -1 with the failure told. */
int signals_open(struct failure *failure);

/* The events since the last call, a bit each (1 << FATA_EVENT_*). */
uint32_t signals_take(void);

#endif
