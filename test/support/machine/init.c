/*
 * The first process of a test machine (machine.ts): it runs the commands of the file /commands, one after the other, tells
 * the console what each printed and how it ended, and turns the machine off.
 *
 * /commands holds, for each command, strings that a zero ends: its time limit in seconds, the number of its words, its words.
 *
 * What the console shows are lines, between which the kernel may put its own:
 *
 *     @begin             the next command starts
 *     @1 HEX, @2 HEX     bytes of its standard output, of its standard error
 *     @exit N            it has left with this status
 *     @signal N          this signal has ended it
 *     @timeout           it took longer than its limit
 *     @error TEXT        init itself failed
 *     @end               all commands have been run
 *
 * A command has UDP sockets, as network devices: descriptor 3 is connected to another, whose peer is silent; descriptor 4 to
 * itself, so that what is sent comes back.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 64
#define SILENT_FD 3
#define ECHO_FD 4

static _Noreturn void power_off(void) {
  fflush(stdout);
  tcdrain(STDOUT_FILENO);
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

static _Noreturn void fail(const char *what) {
  printf("\n@error %s: %s\n", what, strerror(errno));
  power_off();
}

static void make_file_systems(void) {
  static const struct { const char *path, *type; } systems[] = {
      {"/proc", "proc"}, {"/dev", "devtmpfs"}, {"/sys", "sysfs"}, {"/tmp", "tmpfs"}};
  for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
    mkdir(systems[i].path, 0755);
    if (mount(systems[i].type, systems[i].path, systems[i].type, 0, NULL) < 0) fail(systems[i].path);
  }
  int console = open("/dev/console", O_RDWR | O_CLOEXEC);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) dup2(console, fd);
}

static void bring_up_loopback(void) {
  struct ifreq interface = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &interface) < 0) fail("lo");
  close(fd);
}

/* ---- A command --------------------------------------------------------------------------------------------------- */

static int udp_socket(struct sockaddr_in *address) {
  socklen_t length = sizeof *address;
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)address, length) < 0 ||
      getsockname(fd, (struct sockaddr *)address, &length) < 0)
    fail("socket");
  return fd;
}

/* Two sockets that are connected to each other, the second of which becomes descriptor 3; one for descriptor 4. */
static void connect_sockets(int sockets[3]) {
  static const int peers[] = {1, 0, 2};
  struct sockaddr_in addresses[3];
  for (int i = 0; i < 3; i++) sockets[i] = udp_socket(&addresses[i]);
  for (int i = 0; i < 3; i++)
    if (connect(sockets[i], (struct sockaddr *)&addresses[peers[i]], sizeof *addresses) < 0) fail("connect");
}

static _Noreturn void become(char **words, int out, int err, const int sockets[3]) {
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  setpgid(0, 0);
  dup2(null, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  /* First out of the way: either number may be in use. */
  int silent = fcntl(sockets[1], F_DUPFD_CLOEXEC, ECHO_FD + 1), echo = fcntl(sockets[2], F_DUPFD_CLOEXEC, ECHO_FD + 1);
  dup2(silent, SILENT_FD);
  dup2(echo, ECHO_FD);
  execv(words[0], words);
  dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
  _exit(127);
}

/* Reads what a pipe holds and prints it. Returns false at its end. */
static bool relay(int number, int fd) {
  unsigned char bytes[512];
  ssize_t count = read(fd, bytes, sizeof bytes);
  if (count <= 0) return false;
  printf("@%d ", number);
  for (ssize_t i = 0; i < count; i++) printf("%02x", bytes[i]);
  printf("\n");
  fflush(stdout);
  return true;
}

static long remaining_ms(const struct timespec *deadline) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long left = (deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
  return left > 0 ? left : 0;
}

/* Its output until it ends or its time is over; then nothing of its process group is left. Returns whether it ended. */
static bool watch(pid_t child, int out, int err, const struct timespec *deadline) {
  struct pollfd fds[] = {{out, POLLIN, 0}, {err, POLLIN, 0}, {(int)syscall(SYS_pidfd_open, child, 0), POLLIN, 0}};
  bool ended = false, late = false;
  while (fds[0].fd >= 0 || fds[1].fd >= 0 || !(ended || late)) {
    /* After the kill pipes end by themselves. */
    if (poll(fds, 3, ended || late ? -1 : (int)remaining_ms(deadline)) == 0) late = true;
    if (fds[2].revents) ended = true;
    if ((ended || late) && fds[2].fd >= 0) {
      kill(-child, SIGKILL);
      close(fds[2].fd);
      fds[2].fd = -1;
      fds[2].revents = 0;
    }
    for (int i = 0; i < 2; i++)
      if (fds[i].fd >= 0 && fds[i].revents && !relay(i + 1, fds[i].fd)) fds[i].fd = -1;
  }
  return ended;
}

static void run(char **words, long seconds) {
  int out[2], err[2], sockets[3];
  struct timespec deadline;
  connect_sockets(sockets);
  if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) fail("pipe");
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += seconds;
  printf("@begin\n");
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) become(words, out[1], err[1], sockets);
  close(out[1]);
  close(err[1]);
  bool ended = watch(child, out[0], err[0], &deadline);
  int status;
  while (waitpid(child, &status, 0) < 0) {}
  close(out[0]);
  close(err[0]);
  for (int i = 0; i < 3; i++) close(sockets[i]);
  if (!ended) printf("@timeout\n");
  else if (WIFSIGNALED(status)) printf("@signal %d\n", WTERMSIG(status));
  else printf("@exit %d\n", WEXITSTATUS(status));
  fflush(stdout);
  while (waitpid(-1, NULL, WNOHANG) > 0) {}
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

/* The next string of the file, or NULL at its end. */
static char *next(FILE *file) {
  char *text = NULL;
  size_t capacity = 0;
  return getdelim(&text, &capacity, 0, file) < 0 ? NULL : text;
}

static void run_all(FILE *file) {
  for (char *seconds; (seconds = next(file));) {
    char *words[WORDS_MAX + 1] = {NULL};
    long count = strtol(next(file), NULL, 10);
    errno = E2BIG;
    if (count < 1 || count > WORDS_MAX) fail("a command");
    for (long i = 0; i < count; i++) words[i] = next(file);
    run(words, strtol(seconds, NULL, 10));
    for (long i = 0; i < count; i++) free(words[i]);
    free(seconds);
  }
}

int main(void) {
  make_file_systems();
  bring_up_loopback();
  /* Whatever the boot has left on the line stays out of the first of ours. */
  printf("\n");
  FILE *file = fopen("/commands", "re");
  if (!file) fail("/commands");
  run_all(file);
  printf("@end\n");
  power_off();
}
