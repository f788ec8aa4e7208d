/* What native code and the loop around it need inside the sandbox. Nothing is merely refused: nothing here probes. */
#include "engine.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static const struct sandbox_call allowed[] = {
    CALL(ppoll), CALL(getrandom), CALL(exit_group), CALL(rt_sigreturn), CALL(restart_syscall), CALL(rt_sigprocmask),
};

/* Other clocks tell how much other processes compute; other timers end in signals that are not for us. */
static const struct sandbox_pin pinned[] = {
    {CALL(clock_gettime), CLOCK_REALTIME, SANDBOX_ANY},
    {CALL(clock_gettime), CLOCK_BOOTTIME, SANDBOX_ANY},
    {CALL(setitimer), ITIMER_REAL, SANDBOX_ANY},
};

static const struct sandbox_engine common = {
    .allowed = allowed,
    .allowed_count = sizeof allowed / sizeof *allowed,
    .pinned = pinned,
    .pinned_count = sizeof pinned / sizeof *pinned,
};

struct sandbox_engine engine_native(uint64_t memory, uint64_t limit) {
  struct sandbox_engine engine = common;
  engine.memory = memory;
  engine.memory_limit = limit;
  return engine;
}

struct sandbox_engine engine_kvm(int processor, const struct sandbox_pin *ioctls, size_t count) {
  struct sandbox_engine engine = common;
  engine.descriptor = processor;
  engine.descriptor_name = "the virtual processor";
  engine.own = ioctls;
  engine.own_count = count;
  return engine;
}
