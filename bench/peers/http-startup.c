/*
 * http-startup ADDRESS NAMESPACE COMMAND...
 *
 * Starts a web server and prints how many milliseconds pass from before its exec to the first octet of an answer of its to
 * "GET /"; then kills it. NAMESPACE is where the server runs, as `ip netns` calls it, "-" for here. A connection is
 * tried every 100 us from before the exec, each with a socket of its own: what goes to a tap that nobody serves yet is
 * lost, and the kernel would send it again after a second only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define INTERVAL_NS 100000
/* Attempts whose outcome is waited for at the same time. */
#define ATTEMPTS 64
#define ANSWER_WITHIN (20 * SECOND)

extern char **environ;

static const char question[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
static pid_t child;

static void fail(const char *what) {
  fprintf(stderr, "http-startup: %s: %s\n", what, strerror(errno));
  if (child > 0) kill(child, SIGKILL);
  exit(1);
}

static void enter(int namespace) {
  if (setns(namespace, CLONE_NEWNET) < 0) fail("cannot enter the namespace");
}

/* Begins to connect, in place of what was tried longest ago. */
static void attempt(struct pollfd *place, const struct sockaddr_in *to) {
  if (place->fd >= 0) close(place->fd);
  place->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  place->events = POLLOUT;
  if (place->fd < 0) fail("cannot open a socket");
  if (connect(place->fd, (const struct sockaddr *)to, sizeof *to) < 0 && errno != EINPROGRESS) {
    close(place->fd);
    place->fd = -1;
  }
}

/* The first connection that is open, or -1. */
static int opened(struct pollfd *list) {
  for (int i = 0; i < ATTEMPTS; i++) {
    if (list[i].fd < 0 || list[i].revents == 0) continue;
    if (!(list[i].revents & (POLLERR | POLLHUP))) return list[i].fd;
    close(list[i].fd);
    list[i].fd = -1;
  }
  return -1;
}

/* Connects as soon as that is possible. */
static int connect_until(const struct sockaddr_in *to, uint64_t end) {
  static struct pollfd list[ATTEMPTS];
  struct timespec interval = {.tv_nsec = INTERVAL_NS};
  for (int i = 0; i < ATTEMPTS; i++) list[i].fd = -1;
  for (int next = 0; read_clock(CLOCK_MONOTONIC) < end; next = (next + 1) % ATTEMPTS) {
    if (waitpid(child, NULL, WNOHANG) != 0) break;
    attempt(&list[next], to);
    if (ppoll(list, ATTEMPTS, &interval, NULL) <= 0) continue;
    int tcp = opened(list);
    if (tcp >= 0) return tcp;
  }
  fprintf(stderr, "http-startup: the server does not answer, or has ended\n");
  kill(child, SIGKILL);
  exit(1);
}

int main(int argc, char **argv) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(80)};
  char path[256], octet;
  if (argc < 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
    fprintf(stderr, "usage: http-startup ADDRESS NAMESPACE COMMAND...\n");
    return 64;
  }
  snprintf(path, sizeof path, "/run/netns/%s", argv[2]);
  bool elsewhere = strcmp(argv[2], "-") != 0;
  int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(elsewhere ? path : "/dev/null", O_CLOEXEC);
  if (here < 0 || there < 0) fail(path);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (elsewhere) enter(there);
  uint64_t begin = read_clock(CLOCK_MONOTONIC);
  if ((errno = posix_spawnp(&child, argv[3], &actions, NULL, argv + 3, environ)) != 0) fail(argv[3]);
  if (elsewhere) enter(here);
  int tcp = connect_until(&to, begin + ANSWER_WITHIN);
  if (fcntl(tcp, F_SETFL, 0) < 0 || send(tcp, question, sizeof question - 1, MSG_NOSIGNAL) < 0) fail("send");
  if (recv(tcp, &octet, 1, 0) != 1) fail("no answer");
  double took = (double)(read_clock(CLOCK_MONOTONIC) - begin) / 1e6;
  kill(child, SIGKILL);
  if (waitpid(child, NULL, 0) < 0) fail("waitpid");
  printf("%.3f\n", took);
  return 0;
}
