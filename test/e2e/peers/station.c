/*
 * A station on an interface, for tests that need frames no IP stack would send: what comes on standard input is sent as
 * it is, and what arrives is written to standard output. Each frame has its length before it, 16 bits, big-endian. An
 * empty one on standard output says that the station listens.
 *
 *     station INTERFACE
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t frame[2 + 65535];

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* Reads all of `length` bytes. Ends the program at the end of its input. */
static void read_all(uint8_t *bytes, size_t length) {
  while (length > 0) {
    ssize_t got = read(STDIN_FILENO, bytes, length);
    if (got == 0) exit(0);
    if (got < 0) die("station: read");
    bytes += got;
    length -= (size_t)got;
  }
}

static void write_frame(size_t length) {
  const uint8_t *bytes = frame;
  frame[0] = (uint8_t)(length >> 8);
  frame[1] = (uint8_t)length;
  for (length += 2; length > 0;) {
    ssize_t put = write(STDOUT_FILENO, bytes, length);
    if (put < 0) exit(0);
    bytes += put;
    length -= (size_t)put;
  }
}

int main(int argc, char **argv) {
  if (argc != 2) die("station: expected an interface");
  int on = 1, wire = socket(AF_PACKET, SOCK_RAW, 0);
  if (wire < 0) die("station: socket");
  /* What this host sends itself is not to be seen. */
  if (setsockopt(wire, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0) die("station: ignore outgoing");
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  address.sll_ifindex = (int)if_nametoindex(argv[1]);
  if (address.sll_ifindex == 0 || bind(wire, (struct sockaddr *)&address, sizeof address) < 0) die("station: bind");
  write_frame(0);
  for (;;) {
    struct pollfd list[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = wire, .events = POLLIN}};
    if (poll(list, 2, -1) < 0) die("station: poll");
    if (list[1].revents) {
      ssize_t length = recv(wire, frame + 2, sizeof frame - 2, 0);
      if (length >= 0) write_frame((size_t)length);
      /* The interface may be down for a while. */
      else if (errno != ENETDOWN) die("station: receive");
    }
    if (list[0].revents) {
      read_all(frame, 2);
      size_t length = (size_t)frame[0] << 8 | frame[1];
      read_all(frame + 2, length);
      if (send(wire, frame + 2, length, 0) < 0) die("station: send");
    }
  }
}
