/*
 * What the process gives up before the guest's first instruction: privileges, the file system, and every system call
 * that a running guest does not need. Where a call works on a descriptor, it is pinned to the descriptors opened before.
 */
#ifndef FATA_SANDBOX_H
#define FATA_SANDBOX_H

#include <sys/syscall.h>

#include "failure.h"
#include "tender.h"

/* Exit status of a process that asked for more than it may. */
#define SANDBOX_STATUS 71

/* A system call and its name, for people. */
struct sandbox_call {
  int number;
  const char *name;
};
#define CALL(name) {SYS_##name, #name}

/*
 * The call is allowed when its first argument is `argument` and, unless that is SANDBOX_ANY, its second one `second`. Both
 * are arguments that the kernel takes as 32 bits.
 */
struct sandbox_pin {
  struct sandbox_call call;
  uint32_t argument, second;
};
#define SANDBOX_ANY UINT32_MAX

/* Rules of the filter. Each device's own file adds what the device needs. */
struct sandbox {
  struct sandbox_pin pins[1024];
  unsigned count;
};

/* What the engine that runs the guest needs besides the devices. */
struct sandbox_engine {
  /* System calls that are allowed whatever the arguments: none of them opens anything. */
  const struct sandbox_call *allowed;
  size_t allowed_count;
  /* System calls that are allowed with one first argument, which is no descriptor. */
  const struct sandbox_pin *pinned;
  size_t pinned_count;
  /* System calls that fail with EPERM: probing is no attack. Every other call ends the process. */
  const struct sandbox_call *refused;
  size_t refused_count;
  /* It maps memory of its own. */
  bool maps_memory;
  /* The guest's memory, and how many bytes of it may become readable and writable; 0 where mprotect is not to grow it. */
  uint64_t memory, memory_limit;
  /* System calls on a descriptor of the engine's own: their first argument is left out. And what it is, for people. */
  const struct sandbox_pin *own;
  size_t own_count;
  int descriptor;
  const char *descriptor_name;
  /* More pins, or NULL. Returns 0, or -1 with the failure told. */
  int (*pin)(struct sandbox *s, struct failure *failure);
};

/* Allows a system call on one descriptor (or another first argument). */
void sandbox_pin(struct sandbox *s, struct sandbox_call call, uint32_t argument);

/* The same, with the second argument pinned too. */
void sandbox_pin_both(struct sandbox *s, struct sandbox_call call, uint32_t argument, uint32_t second);

/* What each device needs, for its open descriptor: in tap.c, disk.c and workers.c. */
void tap_pin(struct sandbox *s, const struct tap *tap);
void disk_pin(struct sandbox *s, const struct disk *disk);
void workers_pin(struct sandbox *s, const struct workers *w);

/*
 * Locks the process down, with all its threads. Everything must be open and loaded.
 * Returns 0, or -1 with the failure told.
 */
int sandbox_enter(struct fata_guest *g, const struct sandbox_engine *engine, struct failure *failure);

/*
 * What the sandbox leaves the guest, for people: descriptors and their system calls, then all other ones. `engine` is NULL
 * where there is to be no sandbox.
 */
void sandbox_explain(struct text *t, const struct fata_guest *g, const struct sandbox_engine *engine);

/* The rules that the guest's devices, the console, signals and the engine's own descriptor make. */
void sandbox_rules(struct sandbox *s, const struct fata_guest *g, const struct sandbox_engine *engine);

/* Forbids the calling thread every access to the file system and TCP, where the kernel has Landlock. */
int landlock_enter(struct failure *failure);

#endif
