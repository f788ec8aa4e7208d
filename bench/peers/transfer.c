/*
 * transfer FROM TO ADDRESS PID WARM_MS RUN_MS
 *
 * Sends a stream over TCP, as fast as it goes, from the network namespace FROM to ADDRESS in the namespace TO (both by
 * their paths), verifies it there, and prints one line of JSON about the RUN_MS milliseconds after the first WARM_MS:
 * bytes, and the CPU time meanwhile, of the process PID, which is on the way, and of both ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define PORT 5001
/* Bytes of one call. */
#define PIECE (256 * 1024)
/* Each block of the stream begins with its number. */
#define BLOCK 4096
/* Time for the way to be there. */
#define CONNECT_WITHIN (10 * SECOND)

static void fail(const char *what) {
  fprintf(stderr, "transfer: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* A TCP socket in a namespace. */
static int open_socket(const char *namespace) {
  int net = open(namespace, O_RDONLY | O_CLOEXEC), tcp;
  if (net < 0 || setns(net, CLONE_NEWNET) < 0) fail(namespace);
  close(net);
  tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (tcp < 0) fail("cannot open a socket");
  return tcp;
}

static int listen_in(const char *namespace, struct sockaddr_in *at) {
  int tcp = open_socket(namespace);
  if (setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0) fail("SO_REUSEADDR");
  if (bind(tcp, (struct sockaddr *)at, sizeof *at) < 0 || listen(tcp, 1) < 0) fail("cannot listen");
  return tcp;
}

static int connect_from(const char *namespace, const struct sockaddr_in *to) {
  uint64_t end = read_clock(CLOCK_MONOTONIC) + CONNECT_WITHIN;
  for (;;) {
    int tcp = open_socket(namespace);
    if (connect(tcp, (const struct sockaddr *)to, sizeof *to) == 0) return tcp;
    if (read_clock(CLOCK_MONOTONIC) > end) fail("cannot connect");
    close(tcp);
    usleep(10000);
  }
}

/* Sends until the other end is closed. */
static void *send_all(void *socket) {
  static uint8_t piece[PIECE];
  for (uint64_t number = 0;;) {
    for (size_t at = 0; at < sizeof piece; at += BLOCK, number++) memcpy(piece + at, &number, sizeof number);
    for (size_t sent = 0; sent < sizeof piece;) {
      ssize_t done = send(*(int *)socket, piece + sent, sizeof piece - sent, MSG_NOSIGNAL);
      if (done < 0) return NULL;
      sent += (size_t)done;
    }
  }
}

/* Receives until a time. Returns how many bytes. */
static uint64_t receive_until(int tcp, uint64_t end) {
  static uint8_t piece[PIECE];
  static uint64_t number;
  uint64_t bytes = 0;
  while (read_clock(CLOCK_MONOTONIC) < end) {
    ssize_t done = recv(tcp, piece, sizeof piece, MSG_WAITALL);
    if (done != PIECE) fail("the stream ended");
    for (size_t at = 0; at < sizeof piece; at += BLOCK, number++) {
      if (memcmp(piece + at, &number, sizeof number) == 0) continue;
      fprintf(stderr, "transfer: what was received is not what was sent\n");
      exit(1);
    }
    bytes += sizeof piece;
  }
  return bytes;
}

int main(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  clockid_t cpu;
  pthread_t sender;
  if (argc != 7 || inet_pton(AF_INET, argv[3], &address.sin_addr) != 1) {
    fprintf(stderr, "usage: transfer FROM TO ADDRESS PID WARM_MS RUN_MS\n");
    return 64;
  }
  if ((errno = clock_getcpuclockid(atoi(argv[4]), &cpu)) != 0) fail("cannot read the CPU time of PID");
  int listener = listen_in(argv[2], &address), from = connect_from(argv[1], &address);
  int to = accept(listener, NULL, NULL);
  if (to < 0) fail("accept");
  if ((errno = pthread_create(&sender, NULL, send_all, &from)) != 0) fail("pthread_create");
  receive_until(to, read_clock(CLOCK_MONOTONIC) + strtoull(argv[5], NULL, 10) * 1000000);
  uint64_t begin = read_clock(CLOCK_MONOTONIC), cpu_begin = read_clock(cpu);
  uint64_t own_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  uint64_t bytes = receive_until(to, begin + strtoull(argv[6], NULL, 10) * 1000000);
  uint64_t own_used = read_clock(CLOCK_PROCESS_CPUTIME_ID) - own_begin;
  uint64_t cpu_used = read_clock(cpu) - cpu_begin, duration = read_clock(CLOCK_MONOTONIC) - begin;
  printf("{\"seconds\":%.6f,\"bytes\":%llu,\"cpuSeconds\":%.9f,\"endsCpuSeconds\":%.9f}\n", (double)duration / SECOND,
         (unsigned long long)bytes, (double)cpu_used / SECOND, (double)own_used / SECOND);
  return 0;
}
