/*
 * The ways to hold a guest of native code: one is chosen, and main.c's loop is the same for each. What differs is how the
 * guest's functions are called and how it calls back; what a hypercall does is written once (abi.h's fata_*).
 */
#ifndef FATA_ISOLATION_H
#define FATA_ISOLATION_H

#include "elf.h"
#include "sandbox.h"

/* A guest to load. */
struct guest_code {
  struct fata_guest *guest;
  const struct native_image *image;
  /* Pages of linear memory at first and at most. */
  uint32_t initial, limit;
};

struct isolation {
  /* As --isolation= has it. */
  const char *name;
  /* Whether it can be had here: returns 0 with all that takes open, or -1 with the failure told. NULL: always. */
  int (*open)(struct failure *failure);
  /* Gives the guest its address space (docs/native-abi.md). `code` stays where it is. Returns 0, or -1 with the failure
     told. */
  int (*load)(const struct guest_code *code, struct failure *failure);
  /* What the sandbox has to allow, once the guest is loaded. */
  struct sandbox_engine (*needs)(void);
  /* Calls one of the guest's functions. A guest that faults in there does not come back: trap.h. */
  uint64_t (*call)(const void *function, uint64_t a, uint64_t b);
  /* Makes the guest's memory `length` bytes long, which is more than now and not more than its limit. */
  bool (*grow)(uint64_t length);
  /* A word of the guest's stack: false where the address is not one of it. For traps. */
  bool (*stack_word)(uint64_t address, uint64_t *word);
};

/* In this process, whose kernel boundary holds it: inside.c. */
extern const struct isolation isolation_seccomp;

/* In a virtual machine: kvm.c. */
extern const struct isolation isolation_kvm;

/*
 * The one that --isolation= names: "auto", "seccomp" or "kvm"; `why`: for people. Returns NULL with the failure told.
 */
const struct isolation *isolation_choose(const char *how, char *why, size_t size, struct failure *failure);

/* The hypercall memory_grow, for each isolation. */
uint32_t isolation_memory_grow(const struct isolation *isolation, const struct guest_code *code, uint32_t pages);

#endif
