/*
 * Runs a program on a machine without io_uring, as far as it can tell:
 *
 *     without-ring ERRNO PROGRAM ARGUMENT...
 *
 * io_uring_setup fails with ERRNO: 38 (ENOSYS) as on kernels without it, 1 (EPERM) as where it is forbidden.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) {
    fputs("without-ring: expected ERRNO PROGRAM ARGUMENT...\n", stderr);
    return 64;
  }
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)atoi(argv[1])),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
    perror("without-ring: filter");
    return 1;
  }
  execvp(argv[2], argv + 2);
  perror("without-ring: program");
  return 1;
}
