/*
 * echo-rw TAP ADDRESS
 *
 * What the tender is measured against: a plain C program on a tap. It answers ARP, ICMP echo and UDP echo (port 7) with
 * one read and one write a frame, in place, by swapping addresses. It has no stack: no checksum is verified, no
 * neighbour looked up, nothing queued.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ECHO_PORT 7

static const uint8_t mac[ETH_ALEN] = {2, 0, 0, 0, 0, 0x77};
static struct in_addr address;

static void swap(void *a, void *b, size_t length) {
  uint8_t kept[ETH_ALEN];
  memcpy(kept, a, length);
  memcpy(a, b, length);
  memcpy(b, kept, length);
}

static int open_tap(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETOFFLOAD, 0ul) < 0) {
    fprintf(stderr, "echo-rw: cannot attach to tap %s: %s\n", name, strerror(errno));
    exit(1);
  }
  return fd;
}

/* Turns a request into its answer. Returns whether there is one. */
static int answer_arp(struct ether_arp *arp, size_t length) {
  if (length < sizeof *arp || arp->ea_hdr.ar_op != htons(ARPOP_REQUEST)) return 0;
  if (memcmp(arp->arp_tpa, &address, sizeof address) != 0) return 0;
  arp->ea_hdr.ar_op = htons(ARPOP_REPLY);
  swap(arp->arp_spa, arp->arp_tpa, sizeof arp->arp_spa);
  memcpy(arp->arp_tha, arp->arp_sha, ETH_ALEN);
  memcpy(arp->arp_sha, mac, ETH_ALEN);
  return 1;
}

static int answer_icmp(struct icmphdr *icmp, size_t length) {
  if (length < sizeof *icmp || icmp->type != ICMP_ECHO || icmp->code != 0) return 0;
  icmp->type = ICMP_ECHOREPLY;
  /* RFC 1624: the type's octet went from 8 to 0. */
  uint32_t sum = icmp->checksum + htons(ICMP_ECHO << 8);
  icmp->checksum = (uint16_t)(sum + (sum >> 16));
  return 1;
}

static int answer_udp(struct udphdr *udp, size_t length) {
  if (length < sizeof *udp || udp->dest != htons(ECHO_PORT)) return 0;
  /* A sum does not depend on the order of what is summed: the checksum stays right. */
  swap(&udp->source, &udp->dest, sizeof udp->source);
  return 1;
}

static int answer_ip(struct iphdr *ip, size_t length) {
  if (length < sizeof *ip || ip->version != 4 || ip->ihl != 5 || ip->daddr != address.s_addr) return 0;
  void *payload = ip + 1;
  size_t total = ntohs(ip->tot_len);
  if (total < sizeof *ip || total > length) return 0;
  int answered = ip->protocol == IPPROTO_UDP    ? answer_udp(payload, total - sizeof *ip)
                 : ip->protocol == IPPROTO_ICMP ? answer_icmp(payload, total - sizeof *ip)
                                                : 0;
  if (answered) swap(&ip->saddr, &ip->daddr, sizeof ip->saddr);
  return answered;
}

static int answer(uint8_t *frame, size_t length) {
  struct ether_header *header = (struct ether_header *)frame;
  if (length < sizeof *header) return 0;
  void *payload = header + 1;
  length -= sizeof *header;
  int answered = header->ether_type == htons(ETHERTYPE_IP)    ? answer_ip(payload, length)
                 : header->ether_type == htons(ETHERTYPE_ARP) ? answer_arp(payload, length)
                                                              : 0;
  if (answered) {
    memcpy(header->ether_dhost, header->ether_shost, ETH_ALEN);
    memcpy(header->ether_shost, mac, ETH_ALEN);
  }
  return answered;
}

int main(int argc, char **argv) {
  static uint8_t frame[65536] __attribute__((aligned(64)));
  if (argc != 3 || inet_pton(AF_INET, argv[2], &address) != 1) {
    fprintf(stderr, "usage: echo-rw TAP ADDRESS\n");
    return 64;
  }
  int tap = open_tap(argv[1]);
  for (;;) {
    ssize_t length = read(tap, frame, sizeof frame);
    if (length < 0) {
      if (errno == EINTR || errno == EIO) continue;
      perror("echo-rw: read");
      return 1;
    }
    /* A frame that the kernel does not take is lost, as on any network. */
    if (answer(frame, (size_t)length) && write(tap, frame, (size_t)length) < 0 && errno == EBADFD) return 1;
  }
}
