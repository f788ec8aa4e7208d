/*
 * Ends a program (SIGSYS) once it makes a system call for one of the two clocks that tenders read, tender/native/clock.h:
 *
 *     clock_calls PROGRAM WORDS...
 *     clock_calls library           reads both itself, by the C library
 *     clock_calls call              reads one itself, by a system call
 */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)

static int forbid(void) {
  struct sock_filter code[] = {
      LOAD(nr),
      IS(SYS_clock_gettime, 0, 4),
      LOAD(args[0]),
      IS(CLOCK_REALTIME, 1, 0),
      IS(CLOCK_BOOTTIME, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

int main(int count, char **words) {
  struct timespec t;
  if (count < 2 || forbid() < 0) {
    perror("clock_calls");
    return 2;
  }
  if (strcmp(words[1], "call") == 0) return (int)syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &t);
  if (strcmp(words[1], "library") == 0) return clock_gettime(CLOCK_BOOTTIME, &t) + clock_gettime(CLOCK_REALTIME, &t);
  execv(words[1], words + 1);
  perror(words[1]);
  return 127;
}
