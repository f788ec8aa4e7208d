/*
 * startup COMMAND...
 * startup --output COMMAND...
 * startup --ping TAP HOST GUEST GUEST_MAC COMMAND...
 *
 * Starts a program and prints how many milliseconds pass from before its exec to its end; with --output to the first byte
 * of its output, after which it is killed; with --ping to the first
 * answer to a ping, after which the program is ended by SIGTERM. Pings go out on TAP every 100 us from before the exec,
 * each behind an ARP request of the same sender, so that the guest need not ask for its address. They are put on the
 * wire here rather than by the kernel's ping socket, which would ask for the guest's address once a second only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define IDENTIFIER 0x6662
#define INTERVAL_NS 100000
/* Pings are given up after this many ms. */
#define ANSWER_WITHIN 20000

extern char **environ;

struct request {
  struct ether_header ethernet;
  struct ether_arp arp;
} __attribute__((packed));

struct ping {
  struct ether_header ethernet;
  struct iphdr ip;
  struct icmphdr icmp;
} __attribute__((packed));

static int wire;
static struct request request;
static struct ping ping;

static void fail(const char *what) {
  fprintf(stderr, "startup: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static uint16_t checksum(const void *bytes, size_t length) {
  uint32_t sum = 0;
  for (size_t i = 0; i < length; i += 2) {
    uint16_t word;
    memcpy(&word, (const char *)bytes + i, sizeof word);
    sum += word;
  }
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~(sum + (sum >> 16));
}

/* Opens the wire and composes the two frames. */
static void prepare(const char *tap, const char *host, const char *guest, const char *guest_mac) {
  struct ifreq query = {0};
  struct in_addr from, to;
  struct ether_addr mac;
  int one = 1;
  snprintf(query.ifr_name, IFNAMSIZ, "%s", tap);
  if (inet_pton(AF_INET, host, &from) != 1 || inet_pton(AF_INET, guest, &to) != 1 || !ether_aton_r(guest_mac, &mac)) {
    fprintf(stderr, "startup: HOST and GUEST are IPv4 addresses, GUEST_MAC is a MAC address\n");
    exit(64);
  }
  wire = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETHERTYPE_IP));
  if (wire < 0 || ioctl(wire, SIOCGIFHWADDR, &query) < 0) fail(tap);
  const uint8_t *host_mac = (const uint8_t *)query.ifr_hwaddr.sa_data;
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_IP)};
  at.sll_ifindex = (int)if_nametoindex(tap);
  if (bind(wire, (struct sockaddr *)&at, sizeof at) < 0) fail(tap);
  /* The queue of an interface whose carrier has just come opens with a delay; frames may go round it. */
  if (setsockopt(wire, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) < 0) fail("PACKET_QDISC_BYPASS");

  memcpy(request.ethernet.ether_shost, host_mac, ETH_ALEN);
  memset(request.ethernet.ether_dhost, 0xff, ETH_ALEN);
  request.ethernet.ether_type = htons(ETHERTYPE_ARP);
  request.arp.ea_hdr = (struct arphdr){htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), ETH_ALEN, 4, htons(ARPOP_REQUEST)};
  memcpy(request.arp.arp_sha, host_mac, ETH_ALEN);
  memcpy(request.arp.arp_spa, &from, sizeof from);
  memcpy(request.arp.arp_tpa, &to, sizeof to);

  memcpy(ping.ethernet.ether_shost, host_mac, ETH_ALEN);
  memcpy(ping.ethernet.ether_dhost, &mac, ETH_ALEN);
  ping.ethernet.ether_type = htons(ETHERTYPE_IP);
  ping.ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_ICMP};
  ping.ip.tot_len = htons(sizeof ping.ip + sizeof ping.icmp);
  ping.ip.saddr = from.s_addr;
  ping.ip.daddr = to.s_addr;
  ping.ip.check = checksum(&ping.ip, sizeof ping.ip);
  ping.icmp.type = ICMP_ECHO;
  ping.icmp.un.echo.id = htons(IDENTIFIER);
  ping.icmp.checksum = checksum(&ping.icmp, sizeof ping.icmp);
}

/* Whether an answer has come. */
static bool answered(void) {
  struct ping reply;
  ssize_t length;
  while ((length = recv(wire, &reply, sizeof reply, MSG_TRUNC)) >= 0) {
    if ((size_t)length >= sizeof reply && reply.ip.protocol == IPPROTO_ICMP && reply.ip.saddr == ping.ip.daddr &&
        reply.icmp.type == ICMP_ECHOREPLY && reply.icmp.un.echo.id == ping.icmp.un.echo.id)
      return true;
  }
  return false;
}

/* Pings until there is an answer. Nobody listens at first: what cannot be sent is sent again. */
static double ping_until_answered(pid_t child, double begin) {
  struct pollfd list = {.fd = wire, .events = POLLIN};
  struct timespec interval = {.tv_nsec = INTERVAL_NS};
  for (;;) {
    if (send(wire, &request, sizeof request, 0) < 0 || send(wire, &ping, sizeof ping, 0) < 0) errno = 0;
    if (ppoll(&list, 1, &interval, NULL) > 0 && answered()) return now_ms() - begin;
    if (now_ms() - begin > ANSWER_WITHIN || waitpid(child, NULL, WNOHANG) != 0) {
      fprintf(stderr, "startup: no answer to a ping\n");
      kill(child, SIGKILL);
      exit(1);
    }
  }
}

/* Waits for the program's output. */
static double read_first_byte(int output, double begin) {
  char byte;
  if (read(output, &byte, 1) != 1) {
    fprintf(stderr, "startup: no output\n");
    exit(1);
  }
  return now_ms() - begin;
}

int main(int argc, char **argv) {
  bool pings = argc > 6 && strcmp(argv[1], "--ping") == 0, outputs = argc > 2 && strcmp(argv[1], "--output") == 0;
  char **command = argv + (pings ? 6 : outputs ? 2 : 1);
  int pipes[2];
  posix_spawn_file_actions_t actions;
  pid_t child;
  int status;
  if (argc < 2) {
    fprintf(stderr, "usage: startup [--output | --ping TAP HOST GUEST GUEST_MAC] COMMAND...\n");
    return 64;
  }
  if (pings) prepare(argv[2], argv[3], argv[4], argv[5]);
  /* Standard output is for the number. */
  posix_spawn_file_actions_init(&actions);
  if (pipe2(pipes, O_CLOEXEC) < 0) fail("pipe2");
  if (outputs) posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
  else posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  double begin = now_ms();
  if ((errno = posix_spawnp(&child, command[0], &actions, NULL, command, environ)) != 0) fail(command[0]);
  close(pipes[1]);
  double took = pings ? ping_until_answered(child, begin) : outputs ? read_first_byte(pipes[0], begin) : 0;
  if (pings || outputs) kill(child, pings ? SIGTERM : SIGKILL);
  if (waitpid(child, &status, 0) < 0) fail("waitpid");
  if (!pings && !outputs) took = now_ms() - begin;
  if (outputs) status = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fprintf(stderr, "startup: %s did not end well (wait status 0x%x)\n", command[0], status);
    return 1;
  }
  printf("%.3f\n", took);
  return 0;
}
