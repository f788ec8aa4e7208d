/*
 * tcp-bulk send|receive ADDRESS PID WARM_MS RUN_MS
 *
 * A TCP stream as fast as it goes, to a server's discard port or from its source port, and one line of JSON about the
 * RUN_MS milliseconds after the first WARM_MS: octets that the other end has acknowledged or sent, and segments that were
 * sent again, as the kernel counts them; frames in either direction on all interfaces of its network namespace; and the
 * CPU time of the process PID and its own. Each 4096 octets of the server's stream begin with their number, little-endian,
 * which is verified.
 */
#define _GNU_SOURCE
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-client.h"

/* Octets of one call. */
#define PIECE (256 * 1024)
/* Each block of the stream begins with its number. */
#define BLOCK 4096

static uint8_t piece[PIECE];

static struct tcp_info read_info(int tcp) {
  struct tcp_info info;
  socklen_t length = sizeof info;
  if (getsockopt(tcp, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) fail("TCP_INFO");
  return info;
}

struct frames {
  unsigned long long in, out;
};

/* What all interfaces but loopback have seen. */
static struct frames read_frames(void) {
  struct frames sum = {0, 0};
  char line[512];
  FILE *file = fopen("/proc/self/net/dev", "r");
  if (!file) fail("/proc/self/net/dev");
  while (fgets(line, sizeof line, file)) {
    char name[32];
    unsigned long long in, out;
    /* Octets, packets and six more of what was received, then octets and packets of what was sent. */
    if (sscanf(line, " %31[^:]: %*u %llu %*u %*u %*u %*u %*u %*u %*u %llu", name, &in, &out) != 3) continue;
    if (strcmp(name, "lo") == 0) continue;
    sum.in += in;
    sum.out += out;
  }
  fclose(file);
  return sum;
}

static void send_until(int tcp, uint64_t end) {
  while (read_clock(CLOCK_MONOTONIC) < end) {
    if (send(tcp, piece, sizeof piece, MSG_NOSIGNAL) < 0) fail("cannot send");
  }
}

/* Receives what is there, without waiting for all of a piece: the stream's first octet of each block is looked at. */
static void receive_until(int tcp, uint64_t end) {
  static uint64_t at;
  while (read_clock(CLOCK_MONOTONIC) < end) {
    ssize_t done = recv(tcp, piece, sizeof piece, 0);
    if (done <= 0) fail("the stream ended");
    uint64_t first = (at + BLOCK - 1) / BLOCK * BLOCK;
    for (; first + 8 <= at + (uint64_t)done; first += BLOCK) {
      uint64_t number;
      memcpy(&number, piece + (first - at), sizeof number);
      if (number == first / BLOCK) continue;
      fprintf(stderr, "tcp-bulk: what was received is not what was sent\n");
      exit(1);
    }
    at += (uint64_t)done;
  }
}

int main(int argc, char **argv) {
  if (argc != 6 || (strcmp(argv[1], "send") != 0 && strcmp(argv[1], "receive") != 0)) {
    fprintf(stderr, "usage: tcp-bulk send|receive ADDRESS PID WARM_MS RUN_MS\n");
    return 64;
  }
  bool sends = strcmp(argv[1], "send") == 0;
  struct sockaddr_in to = read_address(argv[2], sends ? DISCARD_PORT : SOURCE_PORT);
  void (*run)(int, uint64_t) = sends ? send_until : receive_until;
  int tcp = connect_tcp(&to);
  struct meter m;
  run(tcp, read_clock(CLOCK_MONOTONIC) + read_number(argv[4]) * 1000000ull);
  struct tcp_info before = read_info(tcp);
  struct frames frames_before = read_frames();
  meter_start(&m, atoi(argv[3]));
  run(tcp, m.begin + read_number(argv[5]) * 1000000ull);
  meter_stop(&m);
  struct tcp_info after = read_info(tcp);
  struct frames frames = read_frames();
  uint64_t bytes = sends ? after.tcpi_bytes_acked - before.tcpi_bytes_acked
                         : after.tcpi_bytes_received - before.tcpi_bytes_received;
  printf("{\"seconds\":%.6f,\"bytes\":%llu,\"retransmitted\":%u,\"framesIn\":%llu,\"framesOut\":%llu,"
         "\"cpuSeconds\":%.9f,\"loadCpuSeconds\":%.9f}\n",
         m.seconds, (unsigned long long)bytes, after.tcpi_total_retrans - before.tcpi_total_retrans,
         frames.in - frames_before.in, frames.out - frames_before.out, m.server_cpu, m.own_cpu);
  return 0;
}
