/* Faults of native code, as traps: the reason, the functions on the guest's stack, status 70. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>

#include "console.h"
#include "inside.h"
#include "printable.h"

#define TRAP_STATUS 70

/* Most frames that are printed, as under V8. */
#define FRAMES_MAX 32

/* The least that the kernel may need for its own frame grows with the processor's registers; this is plenty. */
#define SIGNAL_STACK 65536

static uint8_t signal_stack[SIGNAL_STACK] __attribute__((aligned(16)));

/* The message, put together without the C library: the guest may be anywhere in it. */
struct text {
  char bytes[8192];
  size_t length;
};

static void add(struct text *t, const char *s) {
  t->length += printable(t->bytes + t->length, sizeof t->bytes - t->length, s, strlen(s));
}

static void add_hex(struct text *t, uint64_t number) {
  char digits[17] = "";
  int at = 16;
  do digits[--at] = "0123456789abcdef"[number & 15];
  while (number >>= 4);
  add(t, "0x");
  add(t, digits + at);
}

/* Only the guest's own functions have names: what the translation adds (how it traps, how it is entered) is left out. */
static void add_frame(struct text *t, uint64_t pc) {
  const char *name = native_function(inside_image, pc);
  if (!name) return;
  if (t->length < sizeof t->bytes - 1) t->bytes[t->length++] = '\n';
  add(t, "    at ");
  add(t, name);
  add(t, " (");
  add_hex(t, pc);
  add(t, ")");
}

_Noreturn void inside_trap(const char *reason, uint64_t pc, uint64_t frame) {
  static struct text t;
  t.length = 0;
  add(&t, "trap: ");
  add(&t, reason);
  add_frame(&t, pc);
  /* Each frame: the caller's frame pointer, then the return address. A broken chain ends the walk. */
  for (int i = 1; i < FRAMES_MAX && inside_stack(frame) && inside_stack(frame + 8); i++) {
    const uint64_t *words = (const uint64_t *)frame;
    if (!native_is_code(inside_image, words[1] - 1)) break;
    add_frame(&t, words[1] - 1);
    if (words[0] <= frame) break;
    frame = words[0];
  }
  t.bytes[t.length] = 0;
  console_flush();
  console_message(t.bytes);
  _exit(TRAP_STATUS);
}

static const char *reason_of(int signal, uint64_t address, uint64_t pc, struct text *t) {
  if (signal == SIGFPE) return "divide by zero";
  if (signal == SIGILL) return "the native code has an instruction that this processor has not";
  if (signal == SIGTRAP) return "the native code has a breakpoint";
  if (inside_memory(address)) return "memory access out of bounds";
  if (inside_guard(address)) return "the stack is exhausted";
  add(t, address == pc ? "the native code jumped to " : "the native code touched ");
  add_hex(t, address);
  add(t, ", which is not for it");
  t->bytes[t->length] = 0;
  return t->bytes;
}

static void fault(int signal, siginfo_t *info, void *context) {
  static struct text t;
  const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
  uint64_t pc = (uint64_t)machine->gregs[REG_RIP], frame = (uint64_t)machine->gregs[REG_RBP];
  uint64_t top = (uint64_t)machine->gregs[REG_RSP];
  uint64_t caller = inside_stack(top) ? *(const uint64_t *)top - 1 : 0;
#else
  uint64_t pc = machine->pc, frame = machine->regs[29], caller = machine->regs[30] - 1;
#endif
  const char *reason = reason_of(signal, (uint64_t)info->si_addr, pc, &t);
  /* It jumped to where no code is: what has called it is meant. */
  if (!native_is_code(inside_image, pc)) pc = caller;
  inside_trap(reason, pc, frame);
}

int inside_catch(struct failure *failure) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  /* A fault in here ends the process. SIGTERM and the like stay: a reader of the console that takes nothing can be ended. */
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&action.sa_mask, signals[i]);
  if (sigaltstack(&stack, NULL) < 0) return FAIL(failure, "cannot set up the signal stack: %s", strerror(errno));
  /* A parent may have blocked them: the kernel would then end the process without a word. */
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    sigaction(signals[i], &action, NULL);
    sigaddset(&set, signals[i]);
  }
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  return 0;
}
