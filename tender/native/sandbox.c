#define _GNU_SOURCE
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "console.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no sandbox for this architecture"
#endif

/* The user and group `nobody`. */
#define NOBODY 65534

/* What the guest, the pump and the engine's threads call, whatever the arguments: none of it opens anything. */
static const int allowed[] = {
    SYS_ppoll,         SYS_futex,          SYS_clock_gettime,  SYS_clock_nanosleep, SYS_getrandom,
    SYS_gettimeofday,  SYS_rt_sigreturn,   SYS_restart_syscall, SYS_exit,           SYS_exit_group, SYS_setitimer,
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

void sandbox_pin(struct sandbox *s, int number, uint32_t argument) {
  if (s->count == sizeof s->pins / sizeof *s->pins) abort();
  s->pins[s->count].number = number;
  s->pins[s->count].argument = argument;
  s->count++;
}

/* ---- The filter -------------------------------------------------------------------------------------------------- */

#define FILTER_MAX 2048

struct program {
  struct sock_filter code[FILTER_MAX];
  unsigned short length;
};

static void emit(struct program *p, struct sock_filter instruction) {
  if (p->length == FILTER_MAX) abort();
  p->code[p->length++] = instruction;
}

#define STATEMENT(p, code, value) emit(p, (struct sock_filter)BPF_STMT(code, value))
#define JUMP(p, code, value, yes, no) emit(p, (struct sock_filter)BPF_JUMP(code, value, yes, no))
#define LOAD(p, field) STATEMENT(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

static void answer(struct program *p, int number, uint32_t action) {
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
  STATEMENT(p, BPF_RET | BPF_K, action);
}

/*
 * Each pin stands alone. Loading the argument loses the number, which the next pin needs again.
 * The kernel takes descriptors and process ids as 32 bits, so the upper half of the argument means nothing.
 */
static void answer_pin(struct program *p, int number, uint32_t argument) {
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
  LOAD(p, args[0]);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1);
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  LOAD(p, nr);
}

static int install(const struct sandbox *s, struct failure *failure) {
  static struct program program;
  struct program *p = &program;
  LOAD(p, arch);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  LOAD(p, nr);
  /* The pins come first: they hold the data path. */
  for (unsigned i = 0; i < s->count; i++) answer_pin(p, s->pins[i].number, s->pins[i].argument);
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) answer(p, allowed[i], SECCOMP_RET_ALLOW);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) answer(p, refused[i], SECCOMP_RET_ERRNO | EPERM);
  /* Memory of our own, no file. */
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3);
  LOAD(p, args[3]);
  JUMP(p, BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1);
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_TRAP);

  struct sock_fprog filter = {.len = p->length, .filter = p->code};
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  if (result > 0) return FAIL(failure, "the sandbox does not reach thread %ld; run without: --no-sandbox", result);
  if (result < 0)
    return FAIL(failure, "cannot enter the seccomp sandbox: %s; run without: --no-sandbox", strerror(errno));
  return 0;
}

/* A refused call ends the process with a line, not with a core. */
static void violated(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  char text[64] = "the sandbox refused system call ";
  size_t length = strlen(text);
  unsigned number = (unsigned)info->si_syscall;
  unsigned scale = 1;
  while (number / scale >= 10) scale *= 10;
  for (; scale > 0; scale /= 10) text[length++] = (char)('0' + number / scale % 10);
  console_flush();
  console_message(text);
  _exit(SANDBOX_STATUS);
}

/* ---- What it is made of ------------------------------------------------------------------------------------------ */

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
  return 0;
}

/* No file grows beyond the largest disk, unless the console itself is one. */
static void limit_files(const struct fata_guest *g) {
  struct rlimit limit = {0};
  struct stat status;
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) return;
  }
  for (unsigned i = 0; i < g->block_count; i++) {
    const struct disk *disk = &g->blocks[i].disk;
    if (!disk->read_only && disk->capacity > limit.rlim_cur) limit.rlim_cur = disk->capacity;
  }
  limit.rlim_max = limit.rlim_cur;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
}

/*
 * Root becomes nobody, on all threads (the C library sees to that), which clears every capability. Where there is no
 * nobody (a user namespace), or for another user with capabilities, this thread gives up its own.
 */
static int drop_privileges(struct failure *failure) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  if (geteuid() == 0 && setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0) {
    if (setresuid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL)
      return FAIL(failure, "cannot give up root: %s; run without: --no-sandbox", strerror(errno));
  }
  if (syscall(SYS_capset, &header, none) < 0)
    return FAIL(failure, "cannot drop capabilities: %s; run without: --no-sandbox", strerror(errno));
  return 0;
}

int sandbox_enter(const struct fata_guest *g, struct failure *failure) {
  static struct sandbox sandbox;
  sandbox.count = 0;
  for (unsigned i = 0; i < g->net_count; i++) tap_pin(&sandbox, &g->nets[i].tap);
  for (unsigned i = 0; i < g->block_count; i++) disk_pin(&sandbox, &g->blocks[i].disk);
  sandbox_pin(&sandbox, SYS_write, STDOUT_FILENO);
  sandbox_pin(&sandbox, SYS_write, STDERR_FILENO);
  /* The engine's own abort(). */
  sandbox_pin(&sandbox, SYS_tgkill, (uint32_t)getpid());
  if (pin_eventfds(&sandbox, failure) < 0) return -1;
  limit_files(g);
  struct sigaction action = {.sa_sigaction = violated, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return FAIL(failure, "cannot set no_new_privs: %s; run without: --no-sandbox", strerror(errno));
  if (landlock_enter(failure) < 0 || drop_privileges(failure) < 0) return -1;
  return install(&sandbox, failure);
}
