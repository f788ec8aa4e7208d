#define _GNU_SOURCE
#include "sandbox.h"

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
#include "signals.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "no sandbox for this architecture"
#endif

/* The user and group `nobody`. */
#define NOBODY 65534

/* Most bytes of the process's own stack, which holds its arguments too: what Linux gives by custom. */
#define STACK_MAX (8ul << 20)

void sandbox_pin_both(struct sandbox *s, struct sandbox_call call, uint32_t argument, uint32_t second) {
  if (s->count == sizeof s->pins / sizeof *s->pins) abort();
  s->pins[s->count++] = (struct sandbox_pin){call, argument, second};
}

void sandbox_pin(struct sandbox *s, struct sandbox_call call, uint32_t argument) {
  sandbox_pin_both(s, call, argument, SANDBOX_ANY);
}

/* ---- The filter -------------------------------------------------------------------------------------------------- */

/* The most that the kernel takes. */
#define FILTER_MAX 4096

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
#define LOAD_HIGH(p, field) STATEMENT(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field) + 4)

static void answer(struct program *p, int number, uint32_t action) {
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
  STATEMENT(p, BPF_RET | BPF_K, action);
}

/*
 * Each pin stands alone. Loading the argument loses the number, which the next pin needs again.
 * The kernel takes descriptors and process ids as 32 bits, so the upper half of the argument means nothing.
 */
static void answer_pin(struct program *p, const struct sandbox_pin *pin) {
  unsigned char more = pin->second == SANDBOX_ANY ? 0 : 2;
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)pin->call.number, 0, 4 + more);
  LOAD(p, args[0]);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, pin->argument, 0, 1 + more);
  if (more) {
    LOAD(p, args[1]);
    JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, pin->second, 0, 1);
  }
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  LOAD(p, nr);
}

/*
 * mprotect of the guest's memory, from its beginning, to be read and written: as far as the limit and no further.
 * The address and the length are 64 bits, of which a filter compares 32 at a time.
 */
static void allow_growth(struct program *p, const struct sandbox_engine *e) {
  uint32_t high = (uint32_t)(e->memory_limit >> 32);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 13);
  LOAD(p, args[0]);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)e->memory, 0, 9);
  LOAD_HIGH(p, args[0]);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(e->memory >> 32), 0, 7);
  LOAD(p, args[2]);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, PROT_READ | PROT_WRITE, 0, 5);
  LOAD_HIGH(p, args[1]);
  JUMP(p, BPF_JMP | BPF_JGT | BPF_K, high, 3, 0);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 3);
  LOAD(p, args[1]);
  JUMP(p, BPF_JMP | BPF_JGT | BPF_K, (uint32_t)e->memory_limit, 0, 1);
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_TRAP);
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
}

static int install(const struct sandbox *s, const struct sandbox_engine *e, struct failure *failure) {
  static struct program program;
  struct program *p = &program;
  LOAD(p, arch);
  JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  LOAD(p, nr);
  /* The pins come first: they hold the data path. */
  for (unsigned i = 0; i < s->count; i++) answer_pin(p, &s->pins[i]);
  for (size_t i = 0; i < e->pinned_count; i++) answer_pin(p, &e->pinned[i]);
  for (size_t i = 0; i < e->allowed_count; i++) answer(p, e->allowed[i].number, SECCOMP_RET_ALLOW);
  for (size_t i = 0; i < e->refused_count; i++) answer(p, e->refused[i].number, SECCOMP_RET_ERRNO | EPERM);
  if (e->memory_limit > 0) allow_growth(p, e);
  if (e->maps_memory) {
    /* Memory of its own, no file. */
    JUMP(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3);
    LOAD(p, args[3]);
    JUMP(p, BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1);
    STATEMENT(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
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
  char text[64];
  text_format(text, sizeof text, "the sandbox refused system call %u", (unsigned)info->si_syscall);
  console_flush();
  console_message(text);
  _exit(SANDBOX_STATUS);
}

/* ---- What it is made of ------------------------------------------------------------------------------------------ */

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
  prlimit(0, RLIMIT_FSIZE, &limit, NULL);
}

/*
 * What the guest could take besides its memory, and leave behind: a stack grows where it is touched, as far as its limit,
 * which may be none at all; a core holds the guest's secrets, and is read by whatever the host has for cores.
 */
static void limit_process(const struct sandbox_engine *engine) {
  struct rlimit none = {0}, stack;
  prlimit(0, RLIMIT_CORE, &none, NULL);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (engine->maps_memory || prlimit(0, RLIMIT_STACK, NULL, &stack) < 0 || stack.rlim_cur <= STACK_MAX) return;
  stack = (struct rlimit){STACK_MAX, STACK_MAX};
  prlimit(0, RLIMIT_STACK, &stack, NULL);
}

/*
 * Root becomes nobody, on all threads (the C library sees to that), which clears every capability. Where there is no
 * nobody (a user namespace), or for another user with capabilities, this thread gives up its own.
 */
static int drop_privileges(struct failure *failure) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
  /* Until there is none of this number; or at once, for a user who has no capabilities and so cannot gain any. */
  for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++) continue;
  if (geteuid() == 0 && setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0) {
    if (setresuid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL)
      return FAIL(failure, "cannot give up root: %s; run without: --no-sandbox", strerror(errno));
  }
  if (syscall(SYS_capset, &header, none) < 0)
    return FAIL(failure, "cannot drop capabilities: %s; run without: --no-sandbox", strerror(errno));
  return 0;
}

void sandbox_rules(struct sandbox *s, const struct fata_guest *g, const struct sandbox_engine *engine) {
  s->count = 0;
  if (g->ring.fd >= 0) sandbox_pin(s, (struct sandbox_call){SYS_io_uring_enter, "io_uring_enter"}, (uint32_t)g->ring.fd);
  for (unsigned i = 0; i < g->net_count; i++) tap_pin(s, &g->nets[i].tap);
  for (unsigned i = 0; i < g->block_count; i++) {
    disk_pin(s, &g->blocks[i].disk);
    workers_pin(s, &g->blocks[i].workers);
  }
  if (workers_descriptor() >= 0) {
    sandbox_pin(s, (struct sandbox_call)CALL(read), (uint32_t)workers_descriptor());
    sandbox_pin(s, (struct sandbox_call)CALL(write), (uint32_t)workers_descriptor());
  }
  sandbox_pin(s, (struct sandbox_call)CALL(write), STDOUT_FILENO);
  sandbox_pin(s, (struct sandbox_call)CALL(write), STDERR_FILENO);
  for (size_t i = 0; i < engine->own_count; i++)
    sandbox_pin_both(s, engine->own[i].call, (uint32_t)engine->descriptor, engine->own[i].second);
  if (g->signals < 0) return;
  sandbox_pin(s, (struct sandbox_call)CALL(read), (uint32_t)g->signals);
  sandbox_pin(s, (struct sandbox_call)CALL(write), (uint32_t)g->signals);
}

int sandbox_enter(struct fata_guest *g, const struct sandbox_engine *engine, struct failure *failure) {
  static struct sandbox sandbox;
  sandbox_rules(&sandbox, g, engine);
  if (engine->pin && engine->pin(&sandbox, failure) < 0) return -1;
  limit_files(g);
  const int refused = SIGSYS;
  struct sigaction action = {.sa_sigaction = violated, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  signals_handle(&refused, 1, &action);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return FAIL(failure, "cannot set no_new_privs: %s; run without: --no-sandbox", strerror(errno));
  if (landlock_enter(failure) < 0 || drop_privileges(failure) < 0) return -1;
  limit_process(engine);
  if (tender_start_threads(g, failure) < 0) return -1;
  return install(&sandbox, engine, failure);
}
