/*
 * tcp-idle ADDRESS CONNECTIONS FROM...
 *
 * Opens CONNECTIONS connections to ADDRESS's TCP echo port, from the addresses FROM in turn, and gets an octet back on each.
 * They are shared by as many processes as it takes. Prints a line with how many seconds that took, and holds them until its standard input ends. Then it gets an octet
 * back on each again, and prints how many connections it still had.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-client.h"

/* Connections of one process: fewer than most systems let it have files. */
#define SHARE 16000

static int open_from(const struct sockaddr_in *to, const char *from) {
  struct sockaddr_in own = read_address(from, 0);
  int tcp = open_tcp(0);
  /* The port is chosen when the other end is known: each address has as many ports for each server. */
  if (setsockopt(tcp, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int)) < 0) fail("IP_BIND_ADDRESS_NO_PORT");
  /* Closing resets it, which leaves nothing behind in either end. */
  struct linger none = {.l_onoff = 1};
  if (setsockopt(tcp, SOL_SOCKET, SO_LINGER, &none, sizeof none) < 0) fail("SO_LINGER");
  if (bind(tcp, (struct sockaddr *)&own, sizeof own) < 0) fail(from);
  if (connect(tcp, (const struct sockaddr *)to, sizeof *to) < 0) fail("cannot connect");
  return tcp;
}

static bool echoes(int tcp) {
  char octet = 'x';
  return send(tcp, &octet, 1, MSG_NOSIGNAL) == 1 && recv(tcp, &octet, 1, 0) == 1 && octet == 'x';
}

/* Opens connections, says how many in `tell`, holds them until `hold` ends, and says how many it still had. */
static void open_and_hold(const struct sockaddr_in *to, unsigned count, char **from, unsigned addresses, int tell, int hold) {
  static int connections[SHARE];
  unsigned alive = 0;
  char octet;
  for (unsigned i = 0; i < count; i++) {
    connections[i] = open_from(to, from[i % addresses]);
    if (!echoes(connections[i])) fail("no echo");
  }
  if (write(tell, &count, sizeof count) != sizeof count) fail("write");
  while (read(hold, &octet, 1) > 0) continue;
  for (unsigned i = 0; i < count; i++) alive += echoes(connections[i]);
  if (write(tell, &alive, sizeof alive) != sizeof alive) fail("write");
}

/* Adds up what `shares` processes tell. */
static unsigned add_up(int told, unsigned shares) {
  unsigned sum = 0, count;
  for (unsigned i = 0; i < shares; i++, sum += count)
    if (read(told, &count, sizeof count) != sizeof count) exit(1);
  return sum;
}

int main(int argc, char **argv) {
  int tell[2], hold[2];
  if (argc < 4) {
    fprintf(stderr, "usage: tcp-idle ADDRESS CONNECTIONS FROM...\n");
    return 64;
  }
  struct sockaddr_in to = read_address(argv[1], ECHO_PORT);
  unsigned count = read_number(argv[2]), shares = (count + SHARE - 1) / SHARE;
  allow_files(SHARE + 100);
  close(connect_tcp(&to));
  if (pipe(tell) < 0 || pipe(hold) < 0) fail("pipe");
  uint64_t begin = read_clock(CLOCK_MONOTONIC);
  for (unsigned i = 0; i < shares; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child > 0) continue;
    close(tell[0]);
    close(hold[1]);
    unsigned left = count - i * SHARE;
    open_and_hold(&to, left < SHARE ? left : SHARE, argv + 3, (unsigned)argc - 3, tell[1], hold[0]);
    return 0;
  }
  close(tell[1]);
  add_up(tell[0], shares);
  printf("{\"seconds\":%.3f}\n", (double)(read_clock(CLOCK_MONOTONIC) - begin) / SECOND);
  fflush(stdout);
  char octet;
  while (read(STDIN_FILENO, &octet, 1) > 0) continue;
  close(hold[1]);
  printf("{\"alive\":%u}\n", add_up(tell[0], shares));
  return 0;
}
