/*
 * The console: the tender's standard output. What the guest writes is gathered until the guest waits or the buffer is
 * full. A slow reader holds the guest up; a reader that has gone is not an error: the rest is thrown away.
 */
#ifndef FATA_CONSOLE_H
#define FATA_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

/* Takes `length` bytes, which may be any. */
void console_write(const void *bytes, size_t length);

/* Passes on what was gathered. May be called from a signal handler, when nothing follows but the end of the process. */
void console_flush(void);

/* Why the reader has not been given all, such as ENOSPC; 0 when it has. */
int console_failure(void);

/*
 * For signal handlers, which must not write what is being written already: has `call` made at the end of a flush.
 * Returns whether one is under way; if not, make the call yourself.
 */
bool console_defer(void (*call)(void));

/* Bytes on standard error, as they are. May be called from a signal handler. */
void console_error(const void *bytes, size_t length);

/* One line on standard error, `tender: ` before it. May be called from a signal handler, as may console_flush. */
void console_message(const char *text);

#endif
