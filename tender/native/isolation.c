#include "isolation.h"

#include <string.h>

static const struct isolation *choose_automatically(char *why, size_t size) {
  struct failure failure;
  bool usable = isolation_kvm.open(&failure) == 0;
  if (usable) text_format(why, size, "/dev/kvm can be used");
  else text_format(why, size, "not kvm: %s", failure.text);
  return usable ? &isolation_kvm : &isolation_seccomp;
}

const struct isolation *isolation_choose(const char *how, char *why, size_t size, struct failure *failure) {
  if (strcmp(how, "auto") == 0) return choose_automatically(why, size);
  const struct isolation *chosen = strcmp(how, isolation_kvm.name) == 0 ? &isolation_kvm : &isolation_seccomp;
  text_format(why, size, "--isolation=%s", how);
  return chosen->open && chosen->open(failure) < 0 ? NULL : chosen;
}

uint32_t isolation_memory_grow(const struct isolation *isolation, const struct guest_code *code, uint32_t pages) {
  struct memory *memory = &code->guest->memory;
  uint32_t before = (uint32_t)(memory->length / WASM_PAGE);
  if (pages > code->limit - before) return UINT32_MAX;
  uint64_t length = memory->length + (uint64_t)pages * WASM_PAGE;
  if (pages > 0 && !isolation->grow(length)) return UINT32_MAX;
  memory->length = length;
  return before;
}
