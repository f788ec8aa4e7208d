/*
 * The guest in a virtual machine of its own (`--isolation=kvm`): the same native code at the same addresses, unprivileged
 * under page tables that it cannot reach. Here is what holds on every processor; kvm_arch.h is the rest.
 *
 * The guest's addresses (docs/native-abi.md), and what lies there. A page has one line's rights and no more.
 *
 *   0x0010_0000   table of hypercalls: addresses of the stubs   read
 *   0x0010_1000   trampoline: the loop that calls functions,    read, execute
 *                 and a stub for each hypercall
 *   0x0010_2000   exchange: what passes between guest and us    read, write
 *   0x0010_3000   doorbell, where it is an address (aarch64)    write
 *   0x0010_8000   pages of the processor's own (kvm_arch.h)     not the guest's
 *   0x0020_0000   image                                         as its segments say
 *   0x1000_0000   stack of 1 MiB; the MiB below is its guard    read, write
 *   64 GiB        linear memory, exactly as long as wasm says   read, write
 *
 * Physical memory is two slots: at 0 a heap that all pages but linear memory are taken from, page tables too; at 4 GiB
 * linear memory, as long as it may grow. Both are ours, and only take what is touched.
 *
 * A call is one exit: we write the function and its arguments into the exchange page and run the processor; the
 * trampoline calls, writes the result there and rings the doorbell. A hypercall rings it too, with its number.
 */
#ifndef FATA_KVM_H
#define FATA_KVM_H

#include <linux/kvm.h>

#include "trap.h"

#define VM_PAGE 4096u

#define VM_TRAMPOLINE 0x00101000
#define VM_EXCHANGE 0x00102000
#define VM_DOORBELL 0x00103000
#define VM_PRIVATE 0x00108000
#define VM_STACK 0x10000000
#define VM_STACK_TOP 0x10100000

/* Where linear memory lies physically: more than all else needs, in reach of the smallest processors (36 bits). */
#define VM_MEMORY 0x100000000ull

/* What the doorbell says: a function has returned, or the number of a hypercall, as the table has them, from 1 on. */
#define VM_RETURNED 0
#define VM_HYPERCALLS 9

/* A hypercall's stub in the trampoline page lies at its number times this; the loop at 0. */
#define VM_STUB_SIZE 64

/* The exchange page. Offsets are the trampoline's, too. The guest may write anything into it at any time. */
#define VM_FUNCTION 0
#define VM_RESULT 24
#define VM_ARGUMENTS 32
#define VM_ANSWER 56
struct vm_exchange {
  /* Read by the trampoline. */
  uint64_t function, parameters[2];
  uint64_t result;
  /* Of a hypercall. */
  uint64_t arguments[3];
  uint64_t answer;
};
_Static_assert(offsetof(struct vm_exchange, result) == VM_RESULT, "as the trampoline has it");
_Static_assert(offsetof(struct vm_exchange, arguments) == VM_ARGUMENTS, "as the trampoline has it");
_Static_assert(offsetof(struct vm_exchange, answer) == VM_ANSWER, "as the trampoline has it");

struct vm {
  /* The machine is -1 once it is set up: only its processor stays open. */
  int machine, processor;
  /* What the kernel says about an exit. */
  struct kvm_run *run;
  /* The heap, at physical address 0. */
  uint8_t *heap;
  uint64_t heap_size, heap_used;
  /* Physical address of the table of 512 entries for 1 GiB each: the root, or what the root's first entry names. */
  uint64_t table;
};

/* Takes zeroed pages from the heap. Returns their physical address. */
uint64_t vm_take(struct vm *vm, uint64_t length);

/* Where we have a physical address of the heap. */
static inline void *vm_at(const struct vm *vm, uint64_t physical) {
  return vm->heap + physical;
}

/* Rights of a page. */
enum {
  VM_WRITE = 1,
  VM_EXECUTE = 2,
  /* The guest's; the stub's otherwise. */
  VM_USER = 4,
  /* No memory: an access ends up with us. */
  VM_DEVICE = 8,
};

/* Maps pages. A page that is mapped stays so: nothing is ever to be flushed. */
void vm_map(struct vm *vm, uint64_t address, uint64_t physical, uint64_t length, unsigned rights);

/* Takes pages from the heap, maps them, and returns them for us to fill. */
void *vm_place(struct vm *vm, uint64_t address, uint64_t length, unsigned rights);

/* Copies what lies at the guest's address, its linear memory aside. False where that is nothing. */
bool vm_peek(const struct vm *vm, uint64_t address, void *to, size_t length);

/*
 * Writes what may be code, so that instruction caches see it (aarch64): by our addresses. Where a cache could hold it under
 * the guest's physical addresses too, the kernel invalidates it when the guest first executes the page.
 */
static inline void vm_fill(void *at, const void *bytes, size_t length) {
  memcpy(at, bytes, length);
  __builtin___clear_cache(at, (char *)at + length);
}

/* Tables that may be needed for the guest's addresses, with linear memory of so many pages of 64 KiB. */
uint64_t vm_tables(uint32_t limit);

#endif
