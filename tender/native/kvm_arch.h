/*
 * What a processor has to provide for kvm.c: kvm_x86_64.c, kvm_aarch64.c. The guest runs unprivileged (ring 3, EL0); the
 * only privileged code is what each exception runs into, which leaves to us at once.
 *
 * To be provided:
 * - page table entries. All processors here use tables of 512 entries for 4 KiB pages, and blocks of 2 MiB;
 * - the trampoline's code (kvm.h): at its beginning a loop that takes VM_STACK_TOP for its stack, calls the function in the
 *   exchange page with its two parameters, stores the result, rings the doorbell with VM_RETURNED, and does so again; then
 *   VM_HYPERCALLS stubs, that store three arguments, ring with their number, and return the answer;
 * - the doorbell: one that the guest can ring and nothing else. x86 has a port, the only one that its bitmap allows; aarch64
 *   an address outside both slots, mapped at VM_DOORBELL (VM_DEVICE). Another one, or another address, that only privileged
 *   code reaches, tells a fault from what the guest could do itself;
 * - vectors, which ring that one, in pages at VM_PRIVATE without VM_USER;
 * - registers at the start: unprivileged, interrupts off, at VM_TRAMPOLINE; floating point as at a program's start;
 * - what the registers say after an exit.
 */
#ifndef FATA_KVM_ARCH_H
#define FATA_KVM_ARCH_H

#include "kvm.h"

/* An entry that names a table, and one that names a page or a block of 2 MiB. */
uint64_t arch_table_entry(uint64_t physical);
uint64_t arch_page_entry(uint64_t physical, unsigned rights, bool block);

/* Whether an entry that may name a table or a block of 2 MiB names a block. */
bool arch_is_block(uint64_t entry);

/* The trampoline's code, less than a page. */
extern const uint8_t arch_trampoline[], arch_trampoline_end[];

/* Pages that the processor itself needs, taken from the heap: at most so many. */
#define ARCH_PAGES 16

/* Maps and fills them: vectors and what belongs to them. */
void arch_prepare(struct vm *vm);

/* Gives the processor its registers. Returns 0, or -1 with the failure told. */
int arch_start(struct vm *vm, struct failure *failure);

/* Why the processor has left the guest, as vm->run says. */
enum arch_exit {
  /* The doorbell was rung: `number`. */
  ARCH_DOORBELL,
  /* An exception of the guest: arch_fault tells. */
  ARCH_FAULT,
  /* The guest reached for a device that is none. */
  ARCH_FORBIDDEN,
  /* Something else: see vm->run. */
  ARCH_OTHER,
};
enum arch_exit arch_exit(const struct vm *vm, unsigned *number);

/* Describes the fault, but for the guard; `pc`, `frame` and `caller` are all where it is not ARCH_FAULT. */
void arch_fault(const struct vm *vm, enum arch_exit exit, struct fault *fault);

/* The ioctls that the last function makes of vm->processor: pins of the filter. */
#define ARCH_IOCTLS_MAX 4
extern const struct sandbox_pin arch_ioctls[];
extern const size_t arch_ioctl_count;

#endif
