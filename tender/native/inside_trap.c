/* Faults of native code in this process: signals, on a stack of their own. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <ucontext.h>

#include "inside.h"
#include "signals.h"

/* The least that the kernel may need for its own frame grows with the processor's registers; this is plenty. */
#define SIGNAL_STACK 65536

static uint8_t signal_stack[SIGNAL_STACK] __attribute__((aligned(16)));

#if defined(__x86_64__)
/* Bits of the flags, and of AT_HWCAP2. */
#define ALIGNMENT_CHECK 0x40000ull
#define FSGSBASE 2ul
static bool has_fsgsbase;
#endif

static void *thread;

static enum fault_kind kind_of(int signal, int code) {
  switch (signal) {
    case SIGFPE: return FAULT_DIVIDE;
    case SIGILL: return FAULT_UNDEFINED;
    case SIGTRAP: return FAULT_BREAKPOINT;
    /* SI_KERNEL: the processor tells no address. */
    default: return code == SI_KERNEL ? FAULT_FORBIDDEN : FAULT_ACCESS;
  }
}

__attribute__((noinline)) static void tell(int signal, siginfo_t *info, void *context) {
  const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
  struct fault f = {.kind = kind_of(signal, info->si_code), .address = (uint64_t)info->si_addr};
  inside_guard(&f);
#if defined(__x86_64__)
  f.pc = (uint64_t)machine->gregs[REG_RIP];
  f.frame = (uint64_t)machine->gregs[REG_RBP];
  if (inside_stack_word((uint64_t)machine->gregs[REG_RSP], &f.caller)) f.caller--;
#else
  f.pc = machine->pc;
  f.frame = machine->regs[29];
  f.caller = machine->regs[30] - 1;
#endif
  trap_fault(&f);
}

/*
 * What a guest may have changed that the kernel leaves so, and with which this would fault again: the AC flag, with which
 * words have to be aligned, and the thread pointer, at which the C library finds errno, and each protected function the
 * stack's canary.
 */
__attribute__((no_stack_protector)) static void fault(int signal, siginfo_t *info, void *context) {
#if defined(__x86_64__)
  __builtin_ia32_writeeflags_u64(__builtin_ia32_readeflags_u64() & ~ALIGNMENT_CHECK);
  /* Without this instruction nothing but a system call could put it back. */
  if (has_fsgsbase) __asm__ volatile("wrfsbase %0" ::"r"(thread) : "memory");
#else
  __asm__ volatile("msr tpidr_el0, %0" ::"r"(thread) : "memory");
#endif
  tell(signal, info, context);
}

int inside_catch(struct failure *failure) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  thread = __builtin_thread_pointer();
#if defined(__x86_64__)
  has_fsgsbase = getauxval(AT_HWCAP2) & FSGSBASE;
#endif
  if (sigaltstack(&stack, NULL) < 0) return FAIL(failure, "cannot set up the signal stack: %s", strerror(errno));
  /* A fault in here ends the process. SIGTERM and the like stay: a reader of the console that takes nothing can be ended. */
  struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  signals_handle(signals, sizeof signals / sizeof *signals, &action);
  return 0;
}
