/* The virtual machine's memory: its heap, and the page tables in it. */
#include <stdlib.h>

#include "kvm_arch.h"

/* What one entry of a table stands for: 1 GiB, 2 MiB, 4 KiB. */
static const unsigned shifts[] = {30, 21, 12};
#define BLOCK (1ull << 21)
#define ENTRIES 512

/* The physical address in an entry. */
#define PHYSICAL 0xfffffffff000ull

uint64_t vm_take(struct vm *vm, uint64_t length) {
  uint64_t at = vm->heap_used;
  /* The heap is as large as all that is taken from it: kvm.c counts. */
  if (length > vm->heap_size - at) abort();
  vm->heap_used += (length + VM_PAGE - 1) / VM_PAGE * VM_PAGE;
  return at;
}

uint64_t vm_tables(uint32_t limit) {
  /* Two roots; the second level: one below 1 GiB, and one for each begun GiB of linear memory. */
  uint64_t large = 2 + 1 + limit / (1u << 14) + 1;
  /* The last level: up to the stack's end, and for all of linear memory, should it grow in small steps. */
  return large + VM_STACK_TOP / BLOCK + 1 + limit / (BLOCK / WASM_PAGE) + 1;
}

/*
 * The entry for `address`: of the last level, or of a block. Tables on the way are made. What the entries say is taken at
 * its word: the guest does not reach them.
 */
static uint64_t *find(struct vm *vm, uint64_t address, bool block) {
  uint64_t *table = vm_at(vm, vm->table);
  for (unsigned level = 0;; level++) {
    uint64_t *entry = &table[address >> shifts[level] & (ENTRIES - 1)];
    if (level == (block ? 1 : 2)) return entry;
    if (*entry == 0) *entry = arch_table_entry(vm_take(vm, VM_PAGE));
    table = vm_at(vm, *entry & PHYSICAL);
  }
}

void vm_map(struct vm *vm, uint64_t address, uint64_t physical, uint64_t length, unsigned rights) {
  for (uint64_t at = 0; at < length;) {
    uint64_t offsets = (address + at) | (physical + at);
    bool block = offsets % BLOCK == 0 && length - at >= BLOCK;
    uint64_t *entry = find(vm, address + at, block);
    *entry = arch_page_entry(physical + at, rights, block);
    at += block ? BLOCK : VM_PAGE;
  }
  /* The processor's table walks see the entries before it goes on. */
  __sync_synchronize();
}

void *vm_place(struct vm *vm, uint64_t address, uint64_t length, unsigned rights) {
  uint64_t physical = vm_take(vm, length);
  vm_map(vm, address, physical, length, rights);
  return vm_at(vm, physical);
}

/* Where a byte of the guest's lies in the heap, or NULL. */
static const uint8_t *byte_at(const struct vm *vm, uint64_t address) {
  uint64_t physical = vm->table;
  if (address >> shifts[0] >= ENTRIES) return NULL;
  for (unsigned level = 0; level < 3; level++) {
    const uint64_t *table = vm_at(vm, physical);
    uint64_t entry = table[address >> shifts[level] & (ENTRIES - 1)];
    physical = entry & PHYSICAL;
    /* Nothing there, or linear memory. */
    if (physical == 0 || physical >= vm->heap_size) return NULL;
    /* What lies in a block is the image's: no table. */
    if (level == 1 && arch_is_block(entry)) return (const uint8_t *)vm_at(vm, physical) + address % BLOCK;
  }
  return (const uint8_t *)vm_at(vm, physical) + address % VM_PAGE;
}

bool vm_peek(const struct vm *vm, uint64_t address, void *to, size_t length) {
  for (size_t i = 0; i < length; i++) {
    const uint8_t *at = byte_at(vm, address + i);
    if (!at) return false;
    ((uint8_t *)to)[i] = *at;
  }
  return true;
}
