/*
 * tcp-limit TAP ADDRESS offloads|plain FRAMES_PER_ACK
 *
 * The limit of the path: what any TCP on this tap could do at most. It serves one connection at a time, at ADDRESS's discard
 * or source port, with the frames of a TCP: its headers, options, sizes and acknowledgements. But there is no TCP: no
 * congestion control, no reassembly, no socket, no checksum that is verified, no copy of the data. What it sends is zeros with a
 * number in each block, so that their sum needs no pass over them. Each frame is one read or one write.
 *
 * With offloads a frame is up to 64 KiB long, and the host cuts it and sums it up. FRAMES_PER_ACK is how many frames it
 * acknowledges together: as many as the server that is measured against it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "echo.h"
#include "tcp-client.h"

#define MSS 1448
#define BLOCK 4096
/* What it advertises, and most of what it has on its way. */
#define WINDOW (512 * 1024)
#define WINDOW_SHIFT 7
/* The largest number of whole segments in one IP packet. */
#define LARGE ((65535 - 52) / MSS * MSS)
/* What has come is acknowledged after this time, though it is less than FRAMES_PER_ACK. */
#define ACK_MS 1
/* What is not acknowledged after this time is sent again: frames were lost, which is rare here. */
#define AGAIN_AFTER (SECOND / 5)

struct frame {
  struct virtio_net_hdr offload;
  struct ether_header ethernet;
  struct iphdr ip;
  struct tcphdr tcp;
  /* Of all segments but the first: two NOPs and the timestamps. */
  uint8_t options[12];
  uint8_t data[65536];
} __attribute__((packed));

static struct frame in, out;
static int tap;
static bool offloads;
/* Where a frame begins that is read or written: without offloads, there is no virtio_net_hdr. */
static size_t begin;
static unsigned frames_per_ack;

/* The connection: sequence numbers are relative to ours, and 64 bits long; what has come is relative to nothing. */
static bool connected, pours;
static uint64_t sent, acknowledged, window, progress_at;
static unsigned window_shift, unacknowledged;
static uint32_t received, stamp;

static uint64_t add(uint64_t sum, const void *from, size_t length) {
  const uint8_t *octets = from;
  for (size_t i = 0; i < length; i += 2) sum += (uint64_t)octets[i] << 8 | octets[i + 1];
  return sum;
}

static uint16_t fold(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return htons((uint16_t)sum);
}

/* Sends `out`, whose addresses and ports are the connection's. `sum` is that of all behind the TCP header without options. */
static void transmit(uint64_t sequence, uint8_t flags, size_t options, size_t length, uint64_t sum) {
  size_t header = sizeof out.tcp + options, segment = header + length;
  out.ip.tot_len = htons((uint16_t)(sizeof out.ip + segment));
  out.ip.check = 0;
  out.ip.check = (uint16_t)~fold(add(0, &out.ip, sizeof out.ip));
  out.tcp.seq = htonl((uint32_t)sequence);
  out.tcp.ack_seq = htonl(received);
  out.tcp.doff = (uint16_t)(header / 4) & 15;
  out.tcp.th_flags = flags;
  out.tcp.window = htons(flags & TH_SYN ? 65535 : WINDOW >> WINDOW_SHIFT);
  out.tcp.check = 0;
  uint64_t pseudo = add(IPPROTO_TCP + segment, &out.ip.saddr, 8);
  memset(&out.offload, 0, sizeof out.offload);
  if (offloads) {
    out.offload.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    out.offload.csum_start = sizeof out.ethernet + sizeof out.ip;
    out.offload.csum_offset = offsetof(struct tcphdr, check);
    out.tcp.check = fold(pseudo);
    if (length > MSS) {
      out.offload.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
      out.offload.gso_size = MSS;
      out.offload.hdr_len = (uint16_t)(sizeof out.ethernet + sizeof out.ip + header);
    }
  } else {
    out.tcp.check = (uint16_t)~fold(add(pseudo + sum, &out.tcp, sizeof out.tcp));
  }
  size_t end = offsetof(struct frame, tcp) + segment;
  if (write(tap, (uint8_t *)&out + begin, end - begin) < 0 && errno == EBADFD) exit(1);
  unacknowledged = 0;
}

/* The answer to a SYN, which becomes the connection. */
static void accept_it(void) {
  /* MSS, SACK permitted, timestamps, window scale. */
  static const uint8_t syn[20] = {2, 4, 1460 >> 8, 1460 & 255, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, WINDOW_SHIFT};
  out = in;
  memset(out.options, 0, sizeof out - offsetof(struct frame, options));
  memcpy(out.ethernet.ether_dhost, in.ethernet.ether_shost, ETH_ALEN);
  memcpy(out.ethernet.ether_shost, in.ethernet.ether_dhost, ETH_ALEN);
  out.ip.saddr = in.ip.daddr;
  out.ip.daddr = in.ip.saddr;
  out.tcp.source = in.tcp.dest;
  out.tcp.dest = in.tcp.source;
  /* Its options are longer than those of the other segments. */
  uint8_t *options = (uint8_t *)&out.tcp + sizeof out.tcp;
  memcpy(options, syn, sizeof syn);
  /* Linux's SYN has its options in the same order. */
  window_shift = ((uint8_t *)&in.tcp)[sizeof in.tcp + sizeof syn - 1] & 15;
  memcpy(options + 12, (uint8_t *)&in.tcp + sizeof in.tcp + 8, sizeof stamp);
  connected = true;
  pours = in.tcp.dest == htons(SOURCE_PORT);
  received = ntohl(in.tcp.seq) + 1;
  sent = acknowledged = 0;
  transmit(sent++, TH_SYN | TH_ACK, sizeof syn, 0, add(0, options, sizeof syn));
  memset(options, 0, sizeof syn);
}

/* A segment of the connection, at the place in the stream that `sequence` says. */
static void send_segment(uint64_t sequence, uint8_t flags, size_t length, uint64_t sum) {
  const uint8_t options[12] = {1, 1, 8, 10, 0, 0, 0, 1};
  memcpy(out.options, options, 8);
  memcpy(out.options + 8, &stamp, sizeof stamp);
  transmit(sequence, flags, sizeof options, length, sum + add(0, out.options, sizeof options));
}

/* Puts the numbers of blocks into `length` octets of the stream, or zeros where they were. Returns the sum. */
static uint64_t put_numbers(uint64_t at, size_t length, bool zeros) {
  uint64_t sum = 0;
  for (uint64_t block = at / BLOCK; block * BLOCK < at + length; block++) {
    uint64_t number = zeros ? 0 : block, start = block * BLOCK;
    size_t from = start < at ? at - start : 0;
    if (from >= sizeof number) continue;
    size_t until = start + sizeof number > at + length ? at + length - start : sizeof number;
    uint8_t *octets = out.data + (start + from - at);
    memcpy(octets, (uint8_t *)&number + from, until - from);
    sum += add(0, octets, until - from);
  }
  return sum;
}

/* Sends what the other end takes: the largest frames, or a smaller one where nothing else is on its way. */
static void pour(void) {
  size_t largest = offloads ? LARGE : MSS;
  for (;;) {
    uint64_t under_way = sent - acknowledged, room = window > under_way ? (window - under_way) / MSS * MSS : 0;
    if (room < largest && (room == 0 || under_way > 0)) return;
    size_t length = room < largest ? (size_t)room : largest;
    uint64_t sum = put_numbers(sent - 1, length, false);
    send_segment(sent, TH_ACK, length, sum);
    put_numbers(sent - 1, length, true);
    sent += length;
  }
}

static void take_data(uint32_t sequence, size_t length) {
  if (sequence != received) {
    send_segment(sent, TH_ACK, 0, 0);
    return;
  }
  received += (uint32_t)length;
  if (++unacknowledged >= frames_per_ack) send_segment(sent, TH_ACK, 0, 0);
}

static void take_segment(void) {
  size_t header = in.tcp.doff * 4u, length = ntohs(in.ip.tot_len) - sizeof in.ip - header;
  if (in.tcp.syn) {
    accept_it();
    return;
  }
  if (!connected || in.tcp.source != out.tcp.dest || in.tcp.dest != out.tcp.source) return;
  if (in.tcp.rst || in.tcp.fin) {
    connected = false;
    if (in.tcp.fin) send_segment(sent, TH_RST | TH_ACK, 0, 0);
    return;
  }
  uint32_t news = ntohl(in.tcp.ack_seq) - (uint32_t)acknowledged;
  if (news <= sent - acknowledged) {
    acknowledged += news;
    if (news > 0) progress_at = read_clock(CLOCK_MONOTONIC);
  }
  window = (uint64_t)ntohs(in.tcp.window) << window_shift;
  if (window > WINDOW) window = WINDOW;
  memcpy(&stamp, in.options + 4, sizeof stamp);
  if (length > 0) take_data(ntohl(in.tcp.seq), length);
}

static void take_frame(size_t length) {
  if (in.ethernet.ether_type == htons(ETHERTYPE_IP) && in.ip.protocol == IPPROTO_TCP) {
    take_segment();
    return;
  }
  if (!echo_answer((uint8_t *)&in.ethernet, length - (offsetof(struct frame, ethernet) - begin))) return;
  memset(&in.offload, 0, sizeof in.offload);
  if (write(tap, (uint8_t *)&in + begin, length) < 0 && errno == EBADFD) exit(1);
}

static void wait_for_frames(void) {
  struct pollfd list = {.fd = tap, .events = POLLIN};
  bool waits = connected && pours && sent > acknowledged;
  if (poll(&list, 1, unacknowledged > 0 ? ACK_MS : waits ? 200 : -1) > 0) return;
  if (unacknowledged > 0) send_segment(sent, TH_ACK, 0, 0);
  if (waits && read_clock(CLOCK_MONOTONIC) - progress_at > AGAIN_AFTER) sent = acknowledged;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: tcp-limit TAP ADDRESS offloads|plain FRAMES_PER_ACK\n");
    return 64;
  }
  offloads = strcmp(argv[3], "offloads") == 0;
  begin = offloads ? 0 : offsetof(struct frame, ethernet);
  frames_per_ack = read_number(argv[4]);
  tap = echo_attach(argv[1], argv[2], offloads ? IFF_VNET_HDR : 0, offloads ? TUN_F_CSUM | TUN_F_TSO4 : 0);
  if (fcntl(tap, F_SETFL, O_NONBLOCK) < 0) fail("O_NONBLOCK");
  for (;;) {
    ssize_t length;
    while ((length = read(tap, (uint8_t *)&in + begin, sizeof in - begin)) > 0) take_frame((size_t)length);
    if (length < 0 && errno == EBADFD) return 1;
    if (connected && pours && acknowledged > 0) pour();
    wait_for_frames();
  }
}
