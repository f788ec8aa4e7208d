/*
 * The guest as native code inside the tender's own process (`--isolation=seccomp`): docs/native-abi.md's layout, calls to
 * the guest's functions on a stack of their own, and traps. The tender and the guest share an address space: what holds
 * the guest is the kernel (sandbox.h), not this.
 */
#ifndef FATA_INSIDE_H
#define FATA_INSIDE_H

#include "elf.h"
#include "tender.h"

/*
 * Lays out the address space: table of hypercalls, segments, linear memory of `initial` pages, which may grow to
 * `limit`, stack. The guest's state `g` stays where it is. Returns 0, or -1 with the failure told.
 */
int inside_load(struct fata_guest *g, const struct native_image *image, uint32_t initial, uint32_t limit,
                struct failure *failure);

/* Turns faults of the guest into traps: signals, on a stack of their own. */
int inside_catch(struct failure *failure);

/* Calls one of the guest's functions on the guest's stack. */
uint64_t inside_call(const void *function, uint64_t a, uint64_t b);

/* Ends the process: the reason, the guest's stack from the frame pointer `frame` on, status 70. Flushes the console. */
_Noreturn void inside_trap(const char *reason, uint64_t pc, uint64_t frame);

/* Whether an address belongs to linear memory's reservation, or to the guard below the guest's stack. */
bool inside_memory(uint64_t address);
bool inside_guard(uint64_t address);
/* Whether a word can be read from the guest's stack. */
bool inside_stack(uint64_t address);

/* The image that was loaded. */
extern const struct native_image *inside_image;

#endif
