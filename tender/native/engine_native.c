/* What native code and the loop around it need inside the sandbox. Nothing is merely refused: nothing here probes. */
#include "engine.h"

#include <sys/syscall.h>

static const int allowed[] = {
    SYS_ppoll,        SYS_clock_gettime,   SYS_getrandom,  SYS_exit_group,
    SYS_rt_sigreturn, SYS_restart_syscall, SYS_setitimer,
#ifdef SYS_alarm
    SYS_alarm,
#endif
};

struct sandbox_engine engine_native(uint64_t memory, uint64_t limit) {
  return (struct sandbox_engine){
      .allowed = allowed,
      .allowed_count = sizeof allowed / sizeof *allowed,
      .memory = memory,
      .memory_limit = limit,
  };
}
