/* What V8 needs inside the sandbox: threads, memory for code, and answers to its probing. */
#define _GNU_SOURCE
#include "engine.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the guest, the pump and the engine's threads call, whatever the arguments: none of it opens anything. */
static const int allowed[] = {
    SYS_ppoll,         SYS_futex,          SYS_clock_gettime,  SYS_clock_nanosleep, SYS_getrandom,
    SYS_rt_sigreturn,  SYS_restart_syscall, SYS_exit,          SYS_exit_group,      SYS_setitimer,
    SYS_mprotect,      SYS_pkey_mprotect,  SYS_munmap,         SYS_madvise,         SYS_mremap,
    SYS_brk,           SYS_getpid,         SYS_gettid,         SYS_rt_sigprocmask,  SYS_sched_yield,
    SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_getaffinity, SYS_epoll_pwait, SYS_close,
#ifdef SYS_alarm
    SYS_alarm,
#endif
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
};

/* Refused with an error that the caller can live with: probing is no attack. */
static const int refused[] = {
    SYS_openat, SYS_newfstatat, SYS_fstat, SYS_statx, SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
    SYS_getcwd, SYS_ioctl,      SYS_fcntl, SYS_prctl, SYS_membarrier, SYS_sysinfo,   SYS_uname,
#ifdef SYS_open
    SYS_open,
#endif
#ifdef SYS_stat
    SYS_stat,
#endif
#ifdef SYS_readlink
    SYS_readlink,
#endif
#ifdef SYS_access
    SYS_access,
#endif
};

/* The engine's threads wake each other through eventfds, which are open by now. */
static int pin_eventfds(struct sandbox *s, struct failure *failure) {
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return FAIL(failure, "cannot list /proc/self/fd: %s; mount /proc", strerror(errno));
  struct dirent *entry;
  while ((entry = readdir(folder))) {
    char target[32];
    ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof target);
    if (length < 0 || strncmp(target, "anon_inode:[eventfd]", (size_t)length) != 0) continue;
    sandbox_pin(s, SYS_read, (uint32_t)atoi(entry->d_name));
    sandbox_pin(s, SYS_write, (uint32_t)atoi(entry->d_name));
  }
  closedir(folder);
  /* The engine's own abort(). */
  sandbox_pin(s, SYS_tgkill, (uint32_t)getpid());
  return 0;
}

const struct sandbox_engine engine_v8 = {
    .allowed = allowed,
    .allowed_count = sizeof allowed / sizeof *allowed,
    .refused = refused,
    .refused_count = sizeof refused / sizeof *refused,
    .maps_memory = true,
    .pin = pin_eventfds,
};
