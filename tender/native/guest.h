/*
 * The guest's linear memory, and the one check that every address, length and index from the guest passes.
 *
 * The memory only grows, so a range that was checked once stays good; its base may move when it grows, so it is looked
 * up from `base` at each use and no pointer is kept. Linear memory is little-endian, and so are the hosts.
 */
#ifndef FATA_GUEST_H
#define FATA_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "abi.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "structures in linear memory are little-endian");

struct memory {
  uint8_t *base;
  uint64_t length;
  bool faulted;
  /* What the guest did wrong, once `faulted`: it is trapped with this line. */
  char fault[240];
};

/* The check: the address of `length` bytes of the guest's memory, or NULL where they do not lie in it. */
static inline void *memory_at(const struct memory *m, uint32_t address, uint64_t length) {
  if (length > m->length || address > m->length - length) return NULL;
  return m->base + address;
}

/* Records what the guest did wrong; the first fault stays. */
void memory_fault(struct memory *m, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/* Records that a range is outside the memory. `what` names it, as in: network device "service": receive buffer. */
void memory_fault_range(struct memory *m, const char *what, uint32_t address, uint64_t length) __attribute__((cold));

/* One word of a structure whose range was checked: read once, whatever else holds the memory. */
static inline uint32_t memory_load(const struct memory *m, uint32_t address) {
  return *(const volatile uint32_t *)(m->base + address);
}

static inline void memory_store(const struct memory *m, uint32_t address, uint32_t value) {
  *(volatile uint32_t *)(m->base + address) = value;
}

/*
 * Checks one ring of a header: a power of two of entries, aligned, inside the memory.
 * Returns false, with the fault recorded, when it is not. `what` names the ring.
 */
bool memory_check_ring(struct memory *m, const char *what, uint32_t ring, uint32_t size, uint32_t entry);

/*
 * How many entries of a ring are outstanding.
 * `ahead` and `behind` are free-running indices; returns false, with the fault recorded, when more than `size` lie
 * between them.
 */
bool memory_check_index(struct memory *m, const char *what, uint32_t ahead, uint32_t behind, uint32_t size,
                        uint32_t *count);

#endif
