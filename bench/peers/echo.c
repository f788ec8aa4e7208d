#define _GNU_SOURCE
#include "echo.h"

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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define ECHO_PORT 7

static const uint8_t mac[ETH_ALEN] = {2, 0, 0, 0, 0, 0x77};
static struct in_addr address;

static void swap(void *a, void *b, size_t length) {
  uint8_t kept[ETH_ALEN];
  memcpy(kept, a, length);
  memcpy(a, b, length);
  memcpy(b, kept, length);
}

int echo_attach(const char *tap, const char *own, short flags, unsigned long offloads) {
  struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags)};
  if (inet_pton(AF_INET, own, &address) != 1) {
    fprintf(stderr, "%s: %s is no IPv4 address\n", program_invocation_short_name, own);
    exit(64);
  }
  snprintf(request.ifr_name, IFNAMSIZ, "%s", tap);
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETOFFLOAD, offloads) < 0) {
    fprintf(stderr, "%s: cannot attach to tap %s: %s\n", program_invocation_short_name, tap, strerror(errno));
    exit(1);
  }
  return fd;
}

int echo_open(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s TAP ADDRESS\n", argv[0]);
    exit(64);
  }
  return echo_attach(argv[1], argv[2], 0, 0);
}

/* Each turns a request into its answer, and returns whether there is one. */
static bool answer_arp(struct ether_arp *arp, size_t length) {
  if (length < sizeof *arp || arp->ea_hdr.ar_op != htons(ARPOP_REQUEST)) return false;
  if (memcmp(arp->arp_tpa, &address, sizeof address) != 0) return false;
  arp->ea_hdr.ar_op = htons(ARPOP_REPLY);
  swap(arp->arp_spa, arp->arp_tpa, sizeof arp->arp_spa);
  memcpy(arp->arp_tha, arp->arp_sha, ETH_ALEN);
  memcpy(arp->arp_sha, mac, ETH_ALEN);
  return true;
}

static bool answer_icmp(struct icmphdr *icmp, size_t length) {
  if (length < sizeof *icmp || icmp->type != ICMP_ECHO || icmp->code != 0) return false;
  icmp->type = ICMP_ECHOREPLY;
  /* RFC 1624: the type's octet went from 8 to 0. */
  uint32_t sum = icmp->checksum + htons(ICMP_ECHO << 8);
  icmp->checksum = (uint16_t)(sum + (sum >> 16));
  return true;
}

static bool answer_udp(struct udphdr *udp, size_t length) {
  if (length < sizeof *udp || udp->dest != htons(ECHO_PORT)) return false;
  /* A sum does not depend on the order of what is summed: the checksum stays right. */
  swap(&udp->source, &udp->dest, sizeof udp->source);
  return true;
}

static bool answer_ip(struct iphdr *ip, size_t length) {
  if (length < sizeof *ip || ip->version != 4 || ip->ihl != 5 || ip->daddr != address.s_addr) return false;
  void *payload = ip + 1;
  size_t total = ntohs(ip->tot_len);
  if (total < sizeof *ip || total > length) return false;
  bool answered = ip->protocol == IPPROTO_UDP    ? answer_udp(payload, total - sizeof *ip)
                 : ip->protocol == IPPROTO_ICMP ? answer_icmp(payload, total - sizeof *ip)
                                                : false;
  if (answered) swap(&ip->saddr, &ip->daddr, sizeof ip->saddr);
  return answered;
}

bool echo_answer(uint8_t *frame, size_t length) {
  struct ether_header *header = (struct ether_header *)frame;
  if (length < sizeof *header) return false;
  void *payload = header + 1;
  length -= sizeof *header;
  bool answered = header->ether_type == htons(ETHERTYPE_IP)    ? answer_ip(payload, length)
                 : header->ether_type == htons(ETHERTYPE_ARP) ? answer_arp(payload, length)
                                                              : false;
  if (answered) {
    memcpy(header->ether_dhost, header->ether_shost, ETH_ALEN);
    memcpy(header->ether_shost, mac, ETH_ALEN);
  }
  return answered;
}
