/*
 * What Landlock alone holds back, without the seccomp filter that would answer first: `landlock FOLDER before|after` tries
 * to use files, sockets and processes that exist, without Landlock or after landlock_enter(), and prints what came of it,
 * the kernel's version of Landlock first.
 * FOLDER holds `file` and `program`, and may be written.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../tender/native/sandbox.h"

static void tell(const char *what, long result) {
  printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
}

static long run(const char *program) {
  char *words[] = {(char *)program, NULL};
  pid_t child = vfork();
  if (child == 0) {
    execv(program, words);
    _exit(errno);
  }
  int status;
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  return errno ? -1 : 0;
}

static long connect_abstract(int listener) {
  struct sockaddr_un address;
  socklen_t size = sizeof address;
  getsockname(listener, (struct sockaddr *)&address, &size);
  return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, size);
}

int main(int count, char **words) {
  struct failure failure;
  if (count != 3 || chdir(words[1]) < 0) return 64;
  /* Of this process's parent domain: an abstract socket, a process, a TCP port. */
  struct sockaddr_un any = {.sun_family = AF_UNIX};
  int abstract = socket(AF_UNIX, SOCK_STREAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
  bind(abstract, (struct sockaddr *)&any, offsetof(struct sockaddr_un, sun_path));
  listen(abstract, 8);
  struct sockaddr_in port = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof port;
  bind(tcp, (struct sockaddr *)&port, size);
  listen(tcp, 8);
  getsockname(tcp, (struct sockaddr *)&port, &size);
  struct sockaddr_in free_port = {.sin_family = AF_INET};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return 1;
  pid_t other = fork();
  if (other == 0) {
    /* Lives as long as this process, which may not be able to end it. */
    char byte;
    close(ends[1]);
    signal(SIGUSR1, SIG_IGN);
    _exit(read(ends[0], &byte, 1) != 0);
  }
  printf("version: %ld\n", syscall(SYS_landlock_create_ruleset, NULL, 0, 1));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return 1;
  if (strcmp(words[2], "after") == 0 && landlock_enter(&failure) < 0) {
    fprintf(stderr, "%s\n", failure.text);
    return 1;
  }
  tell("read a file", open("file", O_RDONLY));
  tell("write a file", open("file", O_WRONLY));
  tell("truncate a file", truncate("file", 0));
  tell("make a file", open("new", O_WRONLY | O_CREAT, 0600));
  tell("list a folder", open(".", O_RDONLY | O_DIRECTORY));
  tell("make a folder", mkdir("folder", 0700));
  tell("make a socket", mknod("socket", S_IFSOCK | 0600, 0));
  tell("rename a file", rename("file", "renamed"));
  tell("link a file", link("program", "linked"));
  tell("remove a file", unlink("program-copy"));
  tell("run a program", run("./program"));
  tell("bind a port", bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&free_port, sizeof free_port));
  tell("connect to a port", connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&port, sizeof port));
  tell("connect to an abstract socket", connect_abstract(abstract));
  tell("signal another process", kill(other, SIGUSR1));
  return 0;
}
