/*
 * tcp-connections ADDRESS PID AT_ONCE WARM_MS RUN_MS
 *
 * Opens connections to ADDRESS's request port, AT_ONCE at any time; on each it sends a request, reads the answer until the
 * server closes, closes, and opens the next. Prints one line of JSON about the RUN_MS milliseconds after the first WARM_MS:
 * connections that were answered, the times from opening to closing, and the CPU time of the process PID and its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-client.h"

#define EVENTS 256
#define AT_ONCE_MAX 1000

struct connection {
  int tcp;
  bool asked;
  size_t received;
  uint64_t opened_at;
};

static const char request[] = "GET / HTTP/1.0\r\n\r\n";
static struct connection connections[AT_ONCE_MAX];
static struct sockaddr_in to;
static int epoll;
static uint64_t answered;

static void open_next(struct connection *c) {
  struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
  *c = (struct connection){.tcp = open_tcp(SOCK_NONBLOCK), .opened_at = read_clock(CLOCK_MONOTONIC)};
  if (connect(c->tcp, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) fail("cannot connect");
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->tcp, &event) < 0) fail("epoll_ctl");
}

static void ask(struct connection *c) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (send(c->tcp, request, sizeof request - 1, MSG_NOSIGNAL) < 0) fail("cannot ask");
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, c->tcp, &event) < 0) fail("epoll_ctl");
  c->asked = true;
}

static void take(struct connection *c) {
  char answer[512];
  ssize_t done = recv(c->tcp, answer, sizeof answer, 0);
  if (done < 0 && errno == EAGAIN) return;
  if (done < 0) fail("the connection broke");
  if (c->received == 0 && (done < 15 || memcmp(answer, "HTTP/1.0 200 OK", 15) != 0)) {
    fprintf(stderr, "tcp-connections: that is no answer (%zd octets)\n", done);
    exit(1);
  }
  c->received += (size_t)done;
  if (done > 0) return;
  close(c->tcp);
  times_add(read_clock(CLOCK_MONOTONIC) - c->opened_at);
  answered++;
  open_next(c);
}

static void run_until(uint64_t end) {
  struct epoll_event list[EVENTS];
  while (read_clock(CLOCK_MONOTONIC) < end) {
    int count = epoll_wait(epoll, list, EVENTS, 5000);
    if (count == 0) {
      fprintf(stderr, "tcp-connections: nothing came for five seconds\n");
      exit(1);
    }
    for (int i = 0; i < count; i++) {
      struct connection *c = list[i].data.ptr;
      if (c->asked) take(c);
      else ask(c);
    }
  }
}

int main(int argc, char **argv) {
  unsigned count;
  if (argc != 6 || (count = read_number(argv[3])) > AT_ONCE_MAX) {
    fprintf(stderr, "usage: tcp-connections ADDRESS PID AT_ONCE WARM_MS RUN_MS; AT_ONCE up to %d\n", AT_ONCE_MAX);
    return 64;
  }
  to = read_address(argv[1], REQUEST_PORT);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1");
  close(connect_tcp(&to));
  for (unsigned i = 0; i < count; i++) open_next(&connections[i]);
  run_until(read_clock(CLOCK_MONOTONIC) + read_number(argv[4]) * 1000000ull);
  struct meter m;
  times_clear();
  answered = 0;
  meter_start(&m, atoi(argv[2]));
  run_until(m.begin + read_number(argv[5]) * 1000000ull);
  meter_stop(&m);
  printf("{\"seconds\":%.6f,\"connections\":%llu,\"cpuSeconds\":%.9f,\"loadCpuSeconds\":%.9f,\"p50\":%.1f,"
         "\"p90\":%.1f,\"p99\":%.1f}\n",
         m.seconds, (unsigned long long)answered, m.server_cpu, m.own_cpu, times_quantile(0.5), times_quantile(0.9),
         times_quantile(0.99));
  return 0;
}
