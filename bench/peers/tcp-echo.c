/*
 * tcp-echo ADDRESS PID CONNECTIONS WARM_MS RUN_MS
 *
 * Sends 64 octets on each of CONNECTIONS connections to ADDRESS's TCP echo port, and the next 64 on each when they are
 * back and verified. Prints one line of JSON about the RUN_MS milliseconds after the first WARM_MS: echoes, their round
 * trip times, and the CPU time of the process PID and its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tcp-client.h"

#define SIZE 64
#define EVENTS 256
#define CONNECTIONS_MAX 10000

struct connection {
  int tcp;
  uint64_t sequence, sent_at;
};

static struct connection connections[CONNECTIONS_MAX];
static uint64_t echoes;

static void fill(uint64_t *octets, const struct connection *c) {
  for (unsigned i = 0; i < SIZE / 8; i++) octets[i] = (c->sequence + i) * 0x9e3779b97f4a7c15ull + (uint64_t)c->tcp;
}

static void ask(struct connection *c) {
  uint64_t out[SIZE / 8];
  c->sequence++;
  fill(out, c);
  c->sent_at = read_clock(CLOCK_MONOTONIC);
  if (send(c->tcp, out, SIZE, MSG_NOSIGNAL) != SIZE) fail("cannot send");
}

/* Takes an echo, which comes as a whole: it was sent as a whole, in one segment. */
static void take(struct connection *c) {
  uint64_t in[SIZE / 8], expected[SIZE / 8];
  ssize_t done = recv(c->tcp, in, SIZE, 0);
  if (done < 0 && errno == EAGAIN) return;
  fill(expected, c);
  if (done != SIZE || memcmp(in, expected, SIZE) != 0) {
    fprintf(stderr, "tcp-echo: what came back is not what was sent (%zd octets)\n", done);
    exit(1);
  }
  times_add(read_clock(CLOCK_MONOTONIC) - c->sent_at);
  echoes++;
  ask(c);
}

static void run_until(int epoll, uint64_t end) {
  struct epoll_event list[EVENTS];
  while (read_clock(CLOCK_MONOTONIC) < end) {
    int count = epoll_wait(epoll, list, EVENTS, 1000);
    if (count == 0) {
      fprintf(stderr, "tcp-echo: nothing came back for a second\n");
      exit(1);
    }
    for (int i = 0; i < count; i++) take(list[i].data.ptr);
  }
}

int main(int argc, char **argv) {
  unsigned count;
  if (argc != 6 || (count = read_number(argv[3])) > CONNECTIONS_MAX) {
    fprintf(stderr, "usage: tcp-echo ADDRESS PID CONNECTIONS WARM_MS RUN_MS; CONNECTIONS up to %d\n", CONNECTIONS_MAX);
    return 64;
  }
  struct sockaddr_in to = read_address(argv[1], ECHO_PORT);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1");
  allow_files(count + 100);
  for (unsigned i = 0; i < count; i++) {
    struct connection *c = &connections[i];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->tcp = connect_tcp(&to);
    if (fcntl(c->tcp, F_SETFL, O_NONBLOCK) < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, c->tcp, &event) < 0) fail("epoll");
  }
  for (unsigned i = 0; i < count; i++) ask(&connections[i]);
  run_until(epoll, read_clock(CLOCK_MONOTONIC) + read_number(argv[4]) * 1000000ull);
  struct meter m;
  times_clear();
  echoes = 0;
  meter_start(&m, atoi(argv[2]));
  run_until(epoll, m.begin + read_number(argv[5]) * 1000000ull);
  meter_stop(&m);
  printf("{\"seconds\":%.6f,\"echoes\":%llu,\"cpuSeconds\":%.9f,\"loadCpuSeconds\":%.9f,\"p50\":%.1f,\"p90\":%.1f,"
         "\"p99\":%.1f}\n",
         m.seconds, (unsigned long long)echoes, m.server_cpu, m.own_cpu, times_quantile(0.5), times_quantile(0.9),
         times_quantile(0.99));
  return 0;
}
