#include "guest.h"

#include "text.h"

void memory_fault(struct memory *m, const char *format, ...) {
  if (m->faulted) return;
  m->faulted = true;
  struct text t = {m->fault, sizeof m->fault, 0, NULL};
  va_list list;
  va_start(list, format);
  text_add_list(&t, format, list);
  va_end(list);
}

void memory_fault_range(struct memory *m, const char *what, uint32_t address, uint64_t length) {
  memory_fault(m, "%s: %llu bytes at 0x%x lie outside the memory of %llu bytes", what, (unsigned long long)length,
               address, (unsigned long long)m->length);
}

bool memory_check_ring(struct memory *m, const char *what, uint32_t ring, uint32_t size, uint32_t entry) {
  if (size == 0 || size > FATA_RING_MAX || (size & (size - 1)) != 0) {
    memory_fault(m, "%s has %u entries; expected a power of two up to %u", what, size, FATA_RING_MAX);
    return false;
  }
  if (ring % FATA_RING_ALIGN != 0) {
    memory_fault(m, "%s at 0x%x is not aligned to %u bytes", what, ring, FATA_RING_ALIGN);
    return false;
  }
  uint64_t length = (uint64_t)size * entry;
  if (!memory_at(m, ring, length)) {
    memory_fault_range(m, what, ring, length);
    return false;
  }
  return true;
}

bool memory_check_index(struct memory *m, const char *what, uint32_t ahead, uint32_t behind, uint32_t size,
                        uint32_t *count) {
  *count = ahead - behind;
  if (*count <= size) return true;
  memory_fault(m, "%s: index %u is %u entries ahead in a ring of %u", what, ahead, *count, size);
  return false;
}
