/*
 * load ADDRESS PID WINDOW WARM_MS RUN_MS
 *
 * Keeps WINDOW datagrams of 64 bytes on their way to ADDRESS's UDP echo port, verifies what comes back, and prints one
 * line of JSON about the RUN_MS milliseconds after the first WARM_MS: datagrams, round trip times, and the CPU time
 * that the process PID used meanwhile: user and system time of all its threads, also of those that have ended. Its own
 * CPU time is there, too: what the kernel does for a frame happens on behalf of either, as it comes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define ECHO_PORT 7
#define SIZE 64
#define WINDOW_MAX 256
/* Most datagrams that the kernel cuts from one message. */
#define SEGMENTS_MAX 64
/* Datagrams that are not back after this time are lost. */
#define LOST_AFTER (SECOND / 5)
/* Time for the server to come up. */
#define SERVER_WITHIN (10 * SECOND)
/* Round trip times are counted in buckets of this many ns. */
#define BUCKET 100
#define BUCKETS 200000

struct datagram {
  uint64_t sequence;
  uint64_t sent;
  uint64_t fill[SIZE / 8 - 2];
};

struct count {
  uint64_t sent, received, lost, wrong;
};

static struct datagram out[WINDOW_MAX], in[WINDOW_MAX];
static struct iovec out_pieces[WINDOW_MAX], in_pieces[WINDOW_MAX];
static struct mmsghdr out_list[WINDOW_MAX], in_list[WINDOW_MAX];
static uint32_t buckets[BUCKETS];
static int udp;
static unsigned window;
/* The next sequence number, the first of the current window's generation, and how many are on their way. */
static uint64_t next, oldest;
static unsigned outstanding;

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t fill_of(uint64_t sequence, unsigned i) {
  return (sequence + i) * 0x9e3779b97f4a7c15ull;
}

static void connect_to(const char *address) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ECHO_PORT)};
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) {
    fprintf(stderr, "load: %s is no IPv4 address\n", address);
    exit(64);
  }
  udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (udp < 0 || connect(udp, (struct sockaddr *)&to, sizeof to) < 0) fail("cannot open a socket");
  for (unsigned i = 0; i < WINDOW_MAX; i++) {
    out_pieces[i] = (struct iovec){&out[i], SIZE};
    in_pieces[i] = (struct iovec){&in[i], SIZE};
    out_list[i].msg_hdr = (struct msghdr){.msg_iov = &out_pieces[i], .msg_iovlen = 1};
    in_list[i].msg_hdr = (struct msghdr){.msg_iov = &in_pieces[i], .msg_iovlen = 1};
  }
}

/*
 * Sends the first `count` of `out`: the kernel cuts them from one message (UDP_SEGMENT), which costs a third of as many
 * messages, or where it does not know how, gets as many. Returns how many went out, -1: none.
 */
static int send_out(unsigned count) {
  static bool refused;
  if (count > 1 && !refused) {
    union {
      struct cmsghdr header;
      char room[CMSG_SPACE(sizeof(uint16_t))];
    } control = {.header = {CMSG_LEN(sizeof(uint16_t)), SOL_UDP, UDP_SEGMENT}};
    uint16_t size = SIZE;
    struct iovec all = {out, (count < SEGMENTS_MAX ? count : SEGMENTS_MAX) * SIZE};
    struct msghdr message = {
        .msg_iov = &all, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
    memcpy(CMSG_DATA(&control.header), &size, sizeof size);
    ssize_t done = sendmsg(udp, &message, 0);
    if (done >= 0) return (int)(done / SIZE);
    refused = errno == EINVAL || errno == EIO || errno == EOPNOTSUPP;
  }
  return sendmmsg(udp, out_list, count, 0);
}

/* Sends what the window has room for. */
static void fill_window(struct count *c) {
  unsigned room = window - outstanding;
  uint64_t now = read_clock(CLOCK_MONOTONIC);
  for (unsigned i = 0; i < room; i++) {
    out[i].sequence = next + i;
    out[i].sent = now;
    for (unsigned j = 0; j < SIZE / 8 - 2; j++) out[i].fill[j] = fill_of(next + i, j);
  }
  int done = send_out(room);
  /* Refused or without a route: the server is not up (again) yet. */
  if (done < 0) return;
  next += (unsigned)done;
  outstanding += (unsigned)done;
  c->sent += (unsigned)done;
}

static bool verify(const struct mmsghdr *message, const struct datagram *d) {
  if (message->msg_len != SIZE || message->msg_hdr.msg_flags & MSG_TRUNC) return false;
  for (unsigned j = 0; j < SIZE / 8 - 2; j++) {
    if (d->fill[j] != fill_of(d->sequence, j)) return false;
  }
  return d->sequence < next;
}

/* Takes what has come. Returns how many datagrams. */
static unsigned take(struct count *c) {
  int done = recvmmsg(udp, in_list, window, 0, NULL);
  if (done <= 0) return 0;
  uint64_t now = read_clock(CLOCK_MONOTONIC);
  for (int i = 0; i < done; i++) {
    if (!verify(&in_list[i], &in[i])) {
      c->wrong++;
      continue;
    }
    /* One that was given up already comes late. */
    if (in[i].sequence < oldest) continue;
    uint64_t bucket = (now - in[i].sent) / BUCKET;
    buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    c->received++;
    if (outstanding > 0) outstanding--;
  }
  return (unsigned)done;
}

static void wait_for_datagrams(struct count *c) {
  struct pollfd list = {.fd = udp, .events = POLLIN};
  struct timespec timeout = {.tv_nsec = LOST_AFTER};
  if (ppoll(&list, 1, &timeout, NULL) > 0) return;
  c->lost += outstanding;
  outstanding = 0;
  oldest = next;
}

/* Keeps the window full until a time. */
static void run_until(uint64_t end, struct count *c) {
  while (read_clock(CLOCK_MONOTONIC) < end) {
    if (outstanding < window) fill_window(c);
    if (take(c) == 0) wait_for_datagrams(c);
  }
}

/* Asks one datagram at a time until the first comes back. */
static void wait_for_server(void) {
  uint64_t end = read_clock(CLOCK_MONOTONIC) + SERVER_WITHIN;
  struct count c = {0};
  unsigned wanted = window;
  struct pollfd list = {.fd = udp, .events = POLLIN};
  window = 1;
  while (c.received == 0) {
    if (read_clock(CLOCK_MONOTONIC) > end) {
      fprintf(stderr, "load: the server does not answer\n");
      exit(1);
    }
    outstanding = 0;
    fill_window(&c);
    poll(&list, 1, 5);
    take(&c);
  }
  window = wanted;
  outstanding = 0;
  oldest = next;
}

static double percentile(uint64_t total, double part) {
  uint64_t wanted = (uint64_t)((double)total * part), seen = 0;
  for (unsigned i = 0; i < BUCKETS; i++) {
    seen += buckets[i];
    if (seen > wanted) return (i + 0.5) * BUCKET / 1000.0;
  }
  return (double)BUCKETS * BUCKET / 1000.0;
}

int main(int argc, char **argv) {
  clockid_t cpu;
  if (argc != 6 || (window = (unsigned)atoi(argv[3])) < 1 || window > WINDOW_MAX) {
    fprintf(stderr, "usage: load ADDRESS PID WINDOW WARM_MS RUN_MS; WINDOW from 1 to %d\n", WINDOW_MAX);
    return 64;
  }
  if ((errno = clock_getcpuclockid(atoi(argv[2]), &cpu)) != 0) fail("cannot read the CPU time of PID");
  connect_to(argv[1]);
  wait_for_server();
  struct count c = {0};
  run_until(read_clock(CLOCK_MONOTONIC) + strtoull(argv[4], NULL, 10) * 1000000, &c);
  memset(buckets, 0, sizeof buckets);
  c = (struct count){0};
  uint64_t begin = read_clock(CLOCK_MONOTONIC), cpu_begin = read_clock(cpu);
  uint64_t own_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  run_until(begin + strtoull(argv[5], NULL, 10) * 1000000, &c);
  uint64_t own_used = read_clock(CLOCK_PROCESS_CPUTIME_ID) - own_begin;
  uint64_t cpu_used = read_clock(cpu) - cpu_begin, duration = read_clock(CLOCK_MONOTONIC) - begin;
  printf("{\"seconds\":%.6f,\"sent\":%llu,\"received\":%llu,\"lost\":%llu,\"wrong\":%llu,\"cpuSeconds\":%.9f,"
         "\"loadCpuSeconds\":%.9f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f}\n",
         (double)duration / SECOND, (unsigned long long)c.sent, (unsigned long long)c.received,
         (unsigned long long)c.lost, (unsigned long long)c.wrong, (double)cpu_used / SECOND,
         (double)own_used / SECOND, percentile(c.received, 0.5), percentile(c.received, 0.9),
         percentile(c.received, 0.99));
  return 0;
}
