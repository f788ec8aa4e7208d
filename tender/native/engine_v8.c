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
static const struct sandbox_call allowed[] = {
    CALL(ppoll),         CALL(futex),          CALL(clock_gettime),  CALL(clock_nanosleep), CALL(getrandom),
    CALL(gettimeofday),
    CALL(rt_sigreturn),  CALL(restart_syscall), CALL(exit),          CALL(exit_group),      CALL(setitimer),
    CALL(mprotect),      CALL(pkey_mprotect),  CALL(munmap),         CALL(madvise),         CALL(mremap),
    CALL(brk),           CALL(getpid),         CALL(gettid),         CALL(rt_sigprocmask),  CALL(sched_yield),
    CALL(sched_getparam), CALL(sched_getscheduler), CALL(sched_getaffinity), CALL(epoll_pwait), CALL(close),
#ifdef SYS_alarm
    CALL(alarm),
#endif
#ifdef SYS_epoll_wait
    CALL(epoll_wait),
#endif
};

/* Refused with an error that the caller can live with: probing is no attack. */
static const struct sandbox_call refused[] = {
    CALL(openat), CALL(newfstatat), CALL(fstat), CALL(statx), CALL(readlinkat), CALL(faccessat), CALL(faccessat2),
    CALL(getcwd), CALL(ioctl),      CALL(fcntl), CALL(prctl), CALL(membarrier), CALL(sysinfo),   CALL(uname),
#ifdef SYS_open
    CALL(open),
#endif
#ifdef SYS_stat
    CALL(stat),
#endif
#ifdef SYS_readlink
    CALL(readlink),
#endif
#ifdef SYS_access
    CALL(access),
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
    sandbox_pin(s, (struct sandbox_call)CALL(read), (uint32_t)atoi(entry->d_name));
    sandbox_pin(s, (struct sandbox_call)CALL(write), (uint32_t)atoi(entry->d_name));
  }
  closedir(folder);
  /* The engine's own abort(). */
  sandbox_pin(s, (struct sandbox_call)CALL(tgkill), (uint32_t)getpid());
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
