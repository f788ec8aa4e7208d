#include "trap.h"

#include <unistd.h>

#include "console.h"
#include "printable.h"
#include "statistics.h"

/* Most frames that are printed, as under V8. */
#define FRAMES_MAX 32

static const struct isolation *isolation;
static const struct native_image *image;

/* What the image calls its functions, which may be anything. */
static void add_name(struct text *t, const char *s) {
  t->length += printable(t->bytes + t->length, t->size - t->length, s, strlen(s));
}

/* Only the guest's own functions have names: what the translation adds (how it traps, how it is entered) is left out. */
static void add_frame(struct text *t, uint64_t pc) {
  const char *name = native_function(image, pc);
  if (!name) return;
  text_add(t, "\n    at ");
  add_name(t, name);
  text_add(t, " (0x%llx)", (unsigned long long)pc);
}

void trap_open(const struct isolation *i, const struct native_image *n) {
  isolation = i;
  image = n;
}

_Noreturn void trap_end(const char *reason, uint64_t pc, uint64_t frame) {
  static char bytes[8192];
  struct text t = {bytes, sizeof bytes, 0, NULL};
  uint64_t next, back;
  text_add(&t, "trap: ");
  add_name(&t, reason);
  add_frame(&t, pc);
  /* Each frame: the caller's frame pointer, then the return address. A broken chain ends the walk. */
  for (int i = 1; i < FRAMES_MAX; i++) {
    if (!isolation->stack_word(frame, &next) || !isolation->stack_word(frame + 8, &back)) break;
    if (!native_is_code(image, back - 1)) break;
    add_frame(&t, back - 1);
    if (next <= frame) break;
    frame = next;
  }
  console_flush();
  console_message(bytes);
  statistics_end();
  _exit(TRAP_STATUS);
}

static const char *describe(const struct fault *f, struct text *t) {
  switch (f->kind) {
    case FAULT_DIVIDE: return "divide by zero";
    case FAULT_UNDEFINED: return "the native code has an instruction that this processor has not";
    case FAULT_BREAKPOINT: return "the native code has a breakpoint";
    case FAULT_SYSTEM_CALL: return "the native code made a system call";
    case FAULT_FORBIDDEN: return "the native code did what is not for it";
    case FAULT_ACCESS: break;
  }
  if (f->address - FATA_NATIVE_MEMORY < FATA_NATIVE_MEMORY_RESERVED) return "memory access out of bounds";
  if (f->address - f->guard < f->guard_length) return "the stack is exhausted";
  text_add(t, "the native code %s 0x%llx, which is not for it", f->address == f->pc ? "jumped to" : "touched",
           (unsigned long long)f->address);
  return t->bytes;
}

_Noreturn void trap_fault(const struct fault *f) {
  char bytes[96];
  struct text t = {bytes, sizeof bytes, 0, NULL};
  /* It jumped to where no code is: what has called it is meant. */
  trap_end(describe(f, &t), native_is_code(image, f->pc) ? f->pc : f->caller, f->frame);
}

/* The words of V8, so that an image ends the same way under each isolation. */
const char *trap_reason(uint32_t code) {
  static const char *const reasons[] = {
      [FATA_TRAP_OUT_OF_BOUNDS] = "memory access out of bounds",
      [FATA_TRAP_DIVIDE_OVERFLOW] = "divide result unrepresentable",
      [FATA_TRAP_DIVIDE_BY_ZERO] = "divide by zero",
      [FATA_TRAP_INVALID_CONVERSION] = "float unrepresentable in integer range",
      [FATA_TRAP_UNREACHABLE] = "unreachable",
      [FATA_TRAP_INDIRECT_CALL] = "null function or function signature mismatch",
      [FATA_TRAP_TABLE_INDEX] = "table index is out of bounds",
      [FATA_TRAP_REMAINDER_BY_ZERO] = "remainder by zero",
      [FATA_TRAP_STACK_EXHAUSTED] = "the stack is exhausted",
  };
  const char *reason = code < sizeof reasons / sizeof *reasons ? reasons[code] : NULL;
  return reason ? reason : "a reason that this tender does not know";
}
