/*
 * Fuzzing of the native tender's readers under the address and undefined-behaviour sanitizers, guided by coverage:
 * engine.c feeds one target, whose file defines the functions below.
 */
#ifndef FATA_FUZZ_H
#define FATA_FUZZ_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Feeds one input: a block of exactly its length. Misbehaviour is a sanitizer's report, or abort(). */
void feed(const uint8_t *bytes, size_t length);

/* Whether the last input was accepted: were all refused, or none, little would be tested. */
extern bool accepted;

/* Ends the run with a line where something does not hold. */
#define CHECK(condition) ((condition) ? (void)0 : broken(#condition))
_Noreturn void broken(const char *condition);

/* Whether a text is one line without what a terminal obeys. */
bool is_line(const char *text);

/* What refuse() of the tender does here: `refused` is set before, and left for with the line told. */
extern jmp_buf refused;
extern char refusal[8192];

#endif
