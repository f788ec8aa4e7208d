#define _GNU_SOURCE
#include "tcp-client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Time for the server to come up. */
#define SERVER_WITHIN (10 * SECOND)
/* Round trip times are counted in buckets of this many ns. */
#define BUCKET 100
#define BUCKETS 1000000

static uint32_t buckets[BUCKETS];
static uint64_t times;

void fail(const char *what) {
  fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
  exit(1);
}

struct sockaddr_in read_address(const char *text, uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, text, &address.sin_addr) == 1) return address;
  fprintf(stderr, "%s: %s is no IPv4 address\n", program_invocation_short_name, text);
  exit(64);
}

unsigned read_number(const char *text) {
  long number = strtol(text, NULL, 10);
  if (number >= 1 && number <= INT32_MAX) return (unsigned)number;
  fprintf(stderr, "%s: %s: expected a number from 1\n", program_invocation_short_name, text);
  exit(64);
}

void allow_files(unsigned count) {
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) < 0) fail("RLIMIT_NOFILE");
  files.rlim_cur = count;
  if (files.rlim_max < count) files.rlim_max = count;
  if (setrlimit(RLIMIT_NOFILE, &files) < 0) fail("RLIMIT_NOFILE");
}

int open_tcp(int flags) {
  int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (tcp < 0) fail("cannot open a socket");
  if (setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) < 0) fail("TCP_CONGESTION");
  if (setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0) fail("TCP_NODELAY");
  return tcp;
}

int connect_tcp(const struct sockaddr_in *to) {
  uint64_t end = read_clock(CLOCK_MONOTONIC) + SERVER_WITHIN;
  for (;;) {
    int tcp = open_tcp(0);
    if (connect(tcp, (const struct sockaddr *)to, sizeof *to) == 0) return tcp;
    if (read_clock(CLOCK_MONOTONIC) > end) fail("cannot connect");
    close(tcp);
    usleep(10000);
  }
}

void meter_start(struct meter *m, int pid) {
  if ((errno = clock_getcpuclockid(pid, &m->server)) != 0) fail("cannot read the CPU time of PID");
  m->begin = read_clock(CLOCK_MONOTONIC);
  m->server_begin = read_clock(m->server);
  m->own_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void meter_stop(struct meter *m) {
  m->own_cpu = (double)(read_clock(CLOCK_PROCESS_CPUTIME_ID) - m->own_begin) / SECOND;
  m->server_cpu = (double)(read_clock(m->server) - m->server_begin) / SECOND;
  m->seconds = (double)(read_clock(CLOCK_MONOTONIC) - m->begin) / SECOND;
}

void times_clear(void) {
  memset(buckets, 0, sizeof buckets);
  times = 0;
}

void times_add(uint64_t ns) {
  uint64_t bucket = ns / BUCKET;
  buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  times++;
}

double times_quantile(double part) {
  uint64_t wanted = (uint64_t)((double)times * part), seen = 0;
  for (unsigned i = 0; i < BUCKETS; i++) {
    seen += buckets[i];
    if (seen > wanted) return (i + 0.5) * BUCKET / 1000.0;
  }
  return (double)BUCKETS * BUCKET / 1000.0;
}
