/*
 * The guest as native code inside the tender's own process (`--isolation=seccomp`): docs/native-abi.md's layout, calls to
 * the guest's functions on a stack of their own, and traps. The tender and the guest share an address space: what holds
 * the guest is the kernel (sandbox.h), not this.
 */
#ifndef FATA_INSIDE_H
#define FATA_INSIDE_H

#include "trap.h"

/* Turns faults of the guest into traps: signals, on a stack of their own. */
int inside_catch(struct failure *failure);

/* A word of the guest's stack: as struct isolation has it. */
bool inside_stack_word(uint64_t address, uint64_t *word);

/* The guard below the stack, for the fault's description. */
void inside_guard(struct fault *fault);

#endif
