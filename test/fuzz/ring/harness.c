/*
 * Throws random rings and hypercalls at the native core, which is built with the address and undefined-behaviour
 * sanitizers. The guest's memory is a heap block of exactly its size, so that one byte beyond it is an error. Contents
 * are mostly plausible, for else the first check would refuse everything.
 *
 *   harness SEED ROUNDS DISK KIND     prints what was reached; a failure is a sanitizer's report or an abort
 *
 * KIND is that of the network device: `datagrams`, a socket that keeps them apart; `offloads`, such a one with offloads agreed
 * on, where frames have headers as on a tap; `stream`; or a tap, in a network namespace of its own: `rw`, read and written call
 * by call, or `uring`, on an io_uring where there is one.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../tender/native/io.h"

#define MEMORY 65536u
#define STEPS 40

static struct fata_guest guest;
static uint64_t state;
static int far_end = -1;
static bool is_stream, is_tap, offloads;
/* What the indices of this guest's rings begin with: half of the guests soon see them wrap. */
static uint32_t origin;

static uint32_t any(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

static uint32_t below(uint32_t n) { return any() % n; }

static bool one_in(uint32_t n) { return below(n) == 0; }

/* Rings and tables lie below it, buffers above it, mostly: a guest that overwrites its own rings does not live long. */
#define BUFFERS 32768u

/* Mostly a buffer's address, at times one at an edge or anywhere. */
static uint32_t address(void) {
  static const uint32_t edges[] = {0, MEMORY - 1, MEMORY, MEMORY + 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0};
  if (one_in(1500)) return edges[below(8)];
  return one_in(1500) ? any() : BUFFERS + below(MEMORY - BUFFERS - 4096);
}

static uint32_t length(void) {
  if (one_in(1000)) return any();
  return one_in(200) ? below(20) : 10 + below(2000);
}

static void put(uint32_t at, uint32_t value) {
  if (at <= MEMORY - 4) memcpy(guest.memory.base + at, &value, sizeof value);
}

static uint32_t get(uint32_t at) {
  uint32_t value;
  memcpy(&value, guest.memory.base + at, sizeof value);
  return value;
}

static uint32_t ring_size(void) { return one_in(100) ? any() : 1u << below(6); }

/* A place for a ring or a table: the n-th of 16 that do not overlap. */
static uint32_t place(uint32_t n) { return one_in(100) ? address() : n * (BUFFERS / 16); }

/* Moves an index on, mostly by what the ring allows. */
static void advance(uint32_t at, uint32_t from, uint32_t size) {
  put(at, one_in(1000) ? any() : from + (size ? below(size + 1) : 0));
}

/* A virtio_net_hdr, mostly one that can be. */
static void put_header(uint32_t at) {
  static const uint8_t types[] = {0, 1, 4, 5, 3, 0x81};
  uint8_t header[FATA_VNET_HDR_SIZE] = {0};
  for (size_t i = 0; i < sizeof header; i++)
    if (one_in(40)) header[i] = (uint8_t)any();
  if (one_in(2)) header[0] = 1, header[1] = types[below(6)], header[2] = 54, header[5] = 5, header[6] = 34, header[8] = 16;
  if (at <= MEMORY - sizeof header) memcpy(guest.memory.base + at, header, sizeof header);
}

/* What has left the tender: its header is one that was agreed on, and lies within the frame. */
static void check_sent(const uint8_t *frame, size_t length) {
  if (length < FATA_VNET_HDR_SIZE + 14) abort();
  size_t rest = length - FATA_VNET_HDR_SIZE, headers = frame[2] | frame[3] << 8, size = frame[4] | frame[5] << 8;
  size_t start = frame[6] | frame[7] << 8, field = start + (frame[8] | frame[9] << 8);
  if (frame[0] > 1 || headers > rest || (frame[0] == 1 && field + 2 > rest)) abort();
  if (frame[1] == 0) return;
  if ((frame[1] != 1 && frame[1] != 4 && frame[1] != 5) || frame[0] != 1 || size == 0 || headers < field) abort();
}

static void shake_net(const struct net *n) {
  if (!n->attached) return;
  for (uint32_t i = 0; i < n->rx_size + n->tx_size; i++) {
    uint32_t at = i < n->rx_size ? n->rx_ring + i * FATA_DESC_SIZE : n->tx_ring + (i - n->rx_size) * FATA_DESC_SIZE;
    uint32_t buffer = address();
    if (offloads) put_header(buffer);
    put(at + FATA_DESC_ADDRESS, buffer);
    /* So that there is room for the largest frame at times. */
    put(at + FATA_DESC_LENGTH, offloads && i < n->rx_size ? 3000 + length() % 1000 : length());
    put(at + FATA_DESC_FLAGS, one_in(40) ? FATA_DESC_NEXT : 0);
  }
  advance(n->header + FATA_NET_RX_POSTED, n->rx_filled, n->rx_size);
  advance(n->header + FATA_NET_TX_POSTED, n->tx_taken, n->tx_size);
}

static void shake_block(const struct block *b) {
  /* Flushes are slow, and one at a time. */
  static const uint8_t operations[] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4, 4, 4};
  if (!b->attached) return;
  for (int i = 0; i < 4; i++) {
    uint32_t at = b->requests + below(b->size) * FATA_BLOCK_REQUEST_SIZE, table = place(8 + (uint32_t)i);
    uint32_t count = one_in(500) ? any() : below(6);
    put(at + FATA_BLOCK_REQUEST_OP, one_in(50) ? any() : operations[below(sizeof operations)]);
    put(at + FATA_BLOCK_REQUEST_OFFSET, one_in(10) ? any() : below(40) * 512);
    put(at + FATA_BLOCK_REQUEST_OFFSET + 4, one_in(50) ? any() : 0);
    put(at + FATA_BLOCK_REQUEST_SEGMENTS, table);
    put(at + FATA_BLOCK_REQUEST_COUNT, count);
    put(at + FATA_BLOCK_REQUEST_LENGTH, one_in(10) ? any() : below(8) * 512);
    put(at + FATA_BLOCK_REQUEST_LENGTH + 4, one_in(50) ? any() : 0);
    for (uint32_t s = 0; s < count && s < 8; s++) {
      put(table + s * FATA_SEGMENT_SIZE, address());
      put(table + s * FATA_SEGMENT_SIZE + 4, one_in(20) ? length() : below(8) * 512);
    }
  }
  advance(b->header + FATA_BLOCK_SUBMITTED, b->taken, b->size);
  put(b->header + FATA_BLOCK_REAPED, one_in(500) ? any() : b->completed - below(2));
}

/* Any hypercall but exit. */
static void call(void) {
  switch (below(5)) {
    case 0:
      fata_console_write(&guest, address(), length());
      break;
    case 1:
      fata_argv(&guest, (int32_t)below(4) - 1, address(), length());
      break;
    case 2:
      fata_random(&guest, address(), length());
      break;
    case 3:
      fata_net_attach(&guest, address(), length(), address());
      break;
    default:
      fata_block_attach(&guest, address(), length(), address());
  }
}

static void send_frames(void) {
  static char frame[3000];
  for (uint32_t i = below(4); i > 0; i--) {
    uint32_t length = below(sizeof frame - 4), sent = 4 + length;
    /* On a stream, mostly its length before it, and at times not all of it. */
    uint32_t prefix = htobe32(one_in(1000) ? any() : one_in(200) ? below(70000) : length);
    if (is_stream) memcpy(frame, &prefix, sizeof prefix);
    if (one_in(200)) sent = below(sent);
    for (uint32_t k = 0; k < FATA_VNET_HDR_SIZE && offloads; k++) frame[k] = (char)(one_in(4) ? any() : 0);
    if (is_tap) {
      /* Larger than its buffer, mostly, or than the MTU had been; shorter than a frame is refused here. */
      send(far_end, frame, below(sizeof frame), MSG_DONTWAIT);
      continue;
    }
    if (send(far_end, frame, sent, MSG_DONTWAIT) < 0) break;
  }
  if (one_in(4)) return;
  if (is_stream && one_in(1000)) shutdown(far_end, SHUT_WR);
  ssize_t got;
  static uint8_t sent[FATA_NET_FRAME_MAX];
  while ((got = recv(far_end, sent, sizeof sent, MSG_DONTWAIT)) > 0)
    if (offloads) check_sent(sent, (size_t)got);
}

/* A tap, which stays, and whoever is behind it. */
static int connect_tap(bool headers, struct failure *failure) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | (headers ? IFF_VNET_HDR : 0), .ifr_name = "tap0"};
  char target[16];
  int fd = unshare(CLONE_NEWNET) < 0 ? -1 : open("/dev/net/tun", O_RDWR);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) return FAIL(failure, "no tap: run as root");
  far_end = socket(AF_PACKET, SOCK_RAW, htobe16(ETH_P_ALL));
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htobe16(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex("tap0")};
  request.ifr_flags = IFF_UP;
  if (bind(far_end, (struct sockaddr *)&address, sizeof address) < 0 || ioctl(far_end, SIOCSIFFLAGS, &request) < 0)
    return FAIL(failure, "no far end of the tap");
  snprintf(target, sizeof target, "@%d", fd);
  if (tender_add_net(&guest, "net", target, NULL, 0, failure) < 0) return -1;
  /* The tender was told 1500. */
  request.ifr_mtu = 2900;
  return ioctl(far_end, SIOCSIFMTU, &request);
}

/* Connects the network device, which may be over, anew. */
static int connect_net(struct failure *failure) {
  struct net *n = &guest.nets[0];
  int ends[2];
  char target[16];
  if (far_end >= 0) {
    close(far_end);
    close(n->tap.fd);
    free(n->tap.stream);
  }
  if (socketpair(AF_UNIX, is_stream ? SOCK_STREAM : SOCK_SEQPACKET, 0, ends) < 0) abort();
  /* Soon full, so that frames go in part. */
  if (is_stream) setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &(int){4096}, sizeof(int));
  snprintf(target, sizeof target, "@%d", ends[0]);
  far_end = ends[1];
  guest.net_count = 0;
  int result = tender_add_net(&guest, "net", target, NULL, 0, failure);
  n->tap.vnet = offloads;
  return result;
}

/* Waits for what the disk's threads still do to this guest's memory, which becomes the next one's. */
static void end_requests(void) {
  struct block *b = &guest.blocks[0];
  if (!b->attached) return;
  guest.memory.faulted = guest.nets[0].attached = b->ending = false;
  put(b->header + FATA_BLOCK_SUBMITTED, b->taken);
  pump_finish(&guest);
  if (b->in_flight != 0) abort();
}

/* A guest's life: it attaches its devices, and then changes what it likes between two pumps. Returns whether it faulted. */
static bool live(void) {
  struct failure failure;
  for (uint32_t i = 0; i < MEMORY; i += 4) put(i, one_in(8) ? any() : 0);
  guest.memory.faulted = false;
  guest.nets[0].attached = guest.blocks[0].attached = false;
  guest.nets[0].tap.features = !offloads ? 0 : one_in(2) ? FATA_NET_F_ALL : FATA_NET_F_ALL & 31;
  origin = one_in(2) ? 0u - below(32) : 0;
  guest.nets[0].rx_filled = guest.nets[0].tx_taken = origin;
  guest.blocks[0].taken = guest.blocks[0].completed = origin;
  guest.blocks[0].ending = false;
  if (tender_start(&guest, &failure) < 0) abort();
  memcpy(guest.memory.base + 16, "netdisk", 7);
  uint32_t net = place(1), block = place(2);
  if (net <= MEMORY - FATA_NET_HEADER_SIZE) {
    put(net + FATA_NET_RX_RING, place(3));
    put(net + FATA_NET_RX_SIZE, ring_size());
    put(net + FATA_NET_TX_RING, place(4));
    put(net + FATA_NET_TX_SIZE, ring_size());
    put(net + FATA_NET_RX_POSTED, 0);
    put(net + FATA_NET_TX_POSTED, 0);
    put(net + FATA_NET_FEATURES, one_in(20) ? any() : FATA_NET_F_ALL);
  }
  fata_net_attach(&guest, 16, 3, net);
  if (block <= MEMORY - FATA_BLOCK_HEADER_SIZE) {
    put(block + FATA_BLOCK_REQUESTS, place(5));
    put(block + FATA_BLOCK_COMPLETIONS, place(6));
    put(block + FATA_BLOCK_SIZE, ring_size());
    put(block + FATA_BLOCK_SUBMITTED, 0);
    put(block + FATA_BLOCK_REAPED, 0);
  }
  if (!guest.memory.faulted) fata_block_attach(&guest, 19, 4, block);
  for (int i = 0; i < STEPS && !guest.memory.faulted; i++) {
    shake_net(&guest.nets[0]);
    shake_block(&guest.blocks[0]);
    if (one_in(8)) call();
    if (guest.memory.faulted) break;
    send_frames();
    guest.times.deadline = 0;
    int result = pump(&guest);
    if ((result == PUMP_FAULT) != guest.memory.faulted) abort();
    if (guest.memory.faulted && guest.memory.fault[0] == 0) abort();
  }
  /* It would wait for a reader, which comes only after it. */
  if (!guest.memory.faulted && !guest.nets[0].tx_blocked) pump_finish(&guest);
  bool faulted = guest.memory.faulted;
  end_requests();
  return faulted;
}

int main(int count, char **words) {
  if (count != 5) return 64;
  signal(SIGPIPE, SIG_IGN);
  state = strtoull(words[1], NULL, 10) * 0x9e3779b97f4a7c15ull + 1;
  unsigned faults = 0, rounds = (unsigned)atoi(words[2]);
  unsigned long long frames = 0, sent = 0, requests = 0;
  struct failure failure;
  struct stat before, after;
  guest.memory.base = malloc(MEMORY);
  guest.memory.length = MEMORY;
  guest.signals = guest.ring.fd = -1;
  guest.arguments = "--one=1\0--two=2";
  guest.argument_count = 2;
  char why[sizeof failure.text + 16];
  is_stream = strcmp(words[4], "stream") == 0;
  offloads = strcmp(words[4], "offloads") == 0;
  is_tap = strcmp(words[4], "rw") == 0 || strcmp(words[4], "uring") == 0;
  if ((is_tap ? connect_tap(state & 1 << 20, &failure) : connect_net(&failure)) < 0 ||
      tender_add_block(&guest, "disk", words[3], 0, &failure) < 0 || tender_prepare(&guest, &failure) < 0) {
    fprintf(stderr, "%s\n", failure.text);
    return 1;
  }
  /* Without a ring this tests again what `rw` does, which is what a tender would do there. */
  if (is_tap) io_choose(&guest, strcmp(words[4], "rw") == 0 ? "rw" : "auto", why, sizeof why, &failure);
  stat(words[3], &before);
  for (unsigned i = 0; i < rounds; i++) {
    if (guest.nets[0].tap.gone && connect_net(&failure) < 0) abort();
    faults += live();
    frames += guest.nets[0].rx_filled - origin;
    sent += guest.nets[0].tx_taken - origin;
    requests += guest.blocks[0].taken - origin;
  }
  stat(words[3], &after);
  if (before.st_size != after.st_size) abort();
  /* Reading the last word of the memory shows that it is still there. */
  get(MEMORY - 4);
  fprintf(stderr, "%u guests, %u faults, %llu buffers filled, %llu sent, %llu requests\n", rounds, faults, frames, sent,
          requests);
  free(guest.memory.base);
  return 0;
}
