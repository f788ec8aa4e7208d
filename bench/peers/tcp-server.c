/*
 * tcp-server
 *
 * What a server over our TCP is measured against: a plain C program over Linux's, one thread with epoll. On their ports it
 * sends back what comes (echo), drops it (discard), sends as fast as it goes (source), and answers a first piece with a
 * line and closes (request).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tcp-client.h"

#define EVENTS 256
#define PIECE (256 * 1024)
#define BLOCK 4096
#define CONNECTIONS_MAX 16384

static const uint16_t ports[] = {ECHO_PORT, DISCARD_PORT, SOURCE_PORT, REQUEST_PORT};
static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
static uint8_t piece[PIECE];
/* By descriptor: the port that it came in at, 0 for a listener; what the source has sent. */
static uint16_t port_of[CONNECTIONS_MAX];
static uint64_t sent[CONNECTIONS_MAX];
static int epoll;

static void watch(int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void listen_at(uint16_t port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  int tcp = open_tcp(SOCK_NONBLOCK);
  if (setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0) fail("SO_REUSEADDR");
  if (bind(tcp, (struct sockaddr *)&at, sizeof at) < 0 || listen(tcp, 4096) < 0) fail("cannot listen");
  watch(tcp, EPOLLIN);
}

/* What is accepted has the listener's options, so no Nagle, and CUBIC. */
static void accept_all(int listener) {
  struct sockaddr_in own;
  socklen_t length = sizeof own;
  if (getsockname(listener, (struct sockaddr *)&own, &length) < 0) fail("getsockname");
  for (int tcp; (tcp = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    if (tcp >= CONNECTIONS_MAX) {
      close(tcp);
      continue;
    }
    port_of[tcp] = ntohs(own.sin_port);
    sent[tcp] = 0;
    watch(tcp, port_of[tcp] == SOURCE_PORT ? EPOLLOUT : EPOLLIN);
  }
}

/* Each returns whether the connection stays. */
static bool pour(int tcp) {
  for (;;) {
    size_t from = sent[tcp] % BLOCK;
    uint64_t number = sent[tcp] / BLOCK;
    /* A block begins with its number; what is sent begins where the last call ended. */
    for (size_t at = 0; at < sizeof piece; at += BLOCK, number++) memcpy(piece + at, &number, sizeof number);
    ssize_t done = send(tcp, piece + from, sizeof piece - from, MSG_NOSIGNAL);
    if (done < 0) return errno == EAGAIN;
    sent[tcp] += (uint64_t)done;
  }
}

static bool serve(int tcp) {
  if (port_of[tcp] == SOURCE_PORT) return pour(tcp);
  ssize_t length = recv(tcp, piece, sizeof piece, 0);
  if (length <= 0) return length < 0 && errno == EAGAIN;
  if (port_of[tcp] == ECHO_PORT) return send(tcp, piece, (size_t)length, MSG_NOSIGNAL) == length;
  if (port_of[tcp] == DISCARD_PORT) return true;
  send(tcp, answer, sizeof answer - 1, MSG_NOSIGNAL);
  return false;
}

int main(void) {
  allow_files(CONNECTIONS_MAX);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1");
  for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) listen_at(ports[i]);
  for (;;) {
    struct epoll_event list[EVENTS];
    int count = epoll_wait(epoll, list, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int fd = list[i].data.fd;
      if (port_of[fd] == 0) accept_all(fd);
      else if (!serve(fd)) close(fd);
    }
  }
}
