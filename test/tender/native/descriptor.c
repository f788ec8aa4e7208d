/*
 * Runs a command with a network descriptor of a given kind as number 3, for tests of --net=@3.
 *
 *   descriptor tap NAME COMMAND...     a tap, opened with a virtio_net_hdr
 *   descriptor plain NAME COMMAND...   a tap, opened without
 *   descriptor tun NAME COMMAND...     a tun, which is no network device for a guest
 *   descriptor pair COMMAND...         one end of a SOCK_SEQPACKET pair. The other end stays here: a line on standard
 *                                      input with a number N receives N frames and prints their lengths and first
 *                                      bytes; the line `close` closes it
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(int fd, char **command) {
  if (fd == 3) fcntl(fd, F_SETFD, 0);
  else dup2(fd, 3);
  execvp(command[0], command);
  perror(command[0]);
  _exit(127);
}

static void run_tap(short flags, const char *name, char **command) {
  int fd = open("/dev/net/tun", O_RDWR);
  struct ifreq request = {.ifr_flags = flags};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
    perror(name);
    exit(1);
  }
  run(fd, command);
}

static int serve_pair(int fd, pid_t child) {
  char line[64], frame[65536];
  /* The guest writes to the same output: lines must stay whole. */
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin)) {
    if (strncmp(line, "close", 5) == 0) {
      close(fd);
      fd = -1;
    }
    for (int n = atoi(line); n > 0; n--) {
      ssize_t length = recv(fd, frame, sizeof frame, 0);
      printf("frame %zd %02x\n", length, (unsigned char)frame[0]);
    }
    fflush(stdout);
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int count, char **words) {
  if (count < 3) return 64;
  if (strcmp(words[1], "tap") == 0) run_tap(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, words[2], words + 3);
  if (strcmp(words[1], "plain") == 0) run_tap(IFF_TAP | IFF_NO_PI, words[2], words + 3);
  if (strcmp(words[1], "tun") == 0) run_tap(IFF_TUN | IFF_NO_PI, words[2], words + 3);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    run(ends[1], words + 2);
  }
  close(ends[1]);
  return serve_pair(ends[0], child);
}
