/* What the programs that load a TCP server share: connections, the CPU time of both ends, round trip times. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

/* The ports of the servers: peers/tcp-server.c, peers/tcp-limit.c and images/tcp. */
#define ECHO_PORT 7
#define DISCARD_PORT 9
#define REQUEST_PORT 80
#define SOURCE_PORT 19

/* Ends the program with what errno says. */
_Noreturn void fail(const char *what);

/* A server's address, from the command line. */
struct sockaddr_in read_address(const char *text, uint16_t port);

/* A number of the command line, at least 1. */
unsigned read_number(const char *text);

/* Lets the process have this many files. */
void allow_files(unsigned count);

/*
 * A socket that is not connected: CUBIC, as the system may have another algorithm by default, and no Nagle.
 * `flags` are those of socket(2).
 */
int open_tcp(int flags);

/* Connects, again and again until the server is up. */
int connect_tcp(const struct sockaddr_in *to);

/* What was used between two moments. */
struct meter {
  clockid_t server;
  uint64_t begin, server_begin, own_begin;
  /* After meter_stop. */
  double seconds, server_cpu, own_cpu;
};

/* Begins to count time, and the CPU time of the process `pid` and of this one. */
void meter_start(struct meter *m, int pid);
void meter_stop(struct meter *m);

/* Round trip times, in buckets. */
void times_clear(void);
void times_add(uint64_t ns);
/* The time, in us, that a part (0 to 1) of them did not pass. */
double times_quantile(double part);
