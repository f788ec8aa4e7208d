/*
 * How a guest that did wrong ends: the reason, in the words of V8 where wasm has one, the functions on its stack, status 70.
 * The same for each isolation.
 */
#ifndef FATA_TRAP_H
#define FATA_TRAP_H

#include "isolation.h"

#define TRAP_STATUS 70

/* What the processor has refused. */
enum fault_kind {
  /* An access, or a jump, to `address`. */
  FAULT_ACCESS,
  /* Something that a program may not do, without an address: a privileged instruction, a port, an address of no form. */
  FAULT_FORBIDDEN,
  FAULT_DIVIDE,
  FAULT_UNDEFINED,
  FAULT_BREAKPOINT,
  /* A system call, where there is no kernel for the guest. */
  FAULT_SYSTEM_CALL,
};

/* A fault of the guest, whatever has caught it. */
struct fault {
  enum fault_kind kind;
  uint64_t address;
  /* The instruction; the frame pointer; and what has called the current function, if that made no frame of its own. */
  uint64_t pc, frame, caller;
  /* The guard below the guest's stack. */
  uint64_t guard, guard_length;
};

/* To be called before all others: whose traps they are. */
void trap_open(const struct isolation *isolation, const struct native_image *image);

/* Ends the process: the reason, the guest's stack from the instruction `pc` and the frame pointer `frame` on. */
_Noreturn void trap_end(const char *reason, uint64_t pc, uint64_t frame);

/* The same, for a fault. */
_Noreturn void trap_fault(const struct fault *fault);

/* What a code of the hypercall `trap` means (native-abi.h). */
const char *trap_reason(uint32_t code);

#endif
