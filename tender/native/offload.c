#include "offload.h"

#include <linux/if_tun.h>
#include <sys/ioctl.h>


/* Since Linux 6.2, which is newer than the headers of Debian 12. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define NEEDS_CSUM 1
#define GSO_NONE 0
#define GSO_TCPV4 1
#define GSO_TCPV6 4
#define GSO_UDP_L4 5

#define ETHERNET_HEADER 14
/* Most segments of a frame: 64 KiB in TCP's least, of 48 octets, are 1366. Each costs the kernel a buffer. */
#define SEGMENTS_MAX 1400

#define TRANSMIT_LARGE (FATA_NET_F_TX_TSO4 | FATA_NET_F_TX_TSO6 | FATA_NET_F_TX_USO)
#define USO (FATA_NET_F_TX_USO | FATA_NET_F_RX_USO)

uint32_t offload_sound(uint32_t features) {
  if (!(features & FATA_NET_F_TX_CSUM)) features &= ~(uint32_t)TRANSMIT_LARGE;
  if (!(features & FATA_NET_F_RX_CSUM)) features &= ~(uint32_t)OFFLOAD_LARGE;
  return features & FATA_NET_F_ALL;
}

static unsigned long flags_of(uint32_t features) {
  unsigned long flags = 0;
  if (features & FATA_NET_F_RX_CSUM) flags |= TUN_F_CSUM;
  if (features & FATA_NET_F_RX_TSO4) flags |= TUN_F_TSO4;
  if (features & FATA_NET_F_RX_TSO6) flags |= TUN_F_TSO6;
  if (features & FATA_NET_F_RX_USO) flags |= TUN_F_USO4 | TUN_F_USO6;
  return flags;
}

int64_t offload_tell(int fd, uint32_t features) {
  features = offload_sound(features);
  /* A kernel sends such frames for a guest if it knows of them at all. */
  if ((features & USO) && ioctl(fd, TUNSETOFFLOAD, (unsigned long)(TUN_F_CSUM | TUN_F_USO4 | TUN_F_USO6)) < 0)
    features &= ~(uint32_t)USO;
  return ioctl(fd, TUNSETOFFLOAD, flags_of(features)) < 0 ? -1 : (int64_t)features;
}

static uint32_t read16(const uint8_t *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

/* The feature that a kind of segments needs. */
static uint32_t feature_of(uint8_t gso_type) {
  switch (gso_type) {
    case GSO_TCPV4:
      return FATA_NET_F_TX_TSO4;
    case GSO_TCPV6:
      return FATA_NET_F_TX_TSO6;
    case GSO_UDP_L4:
      return FATA_NET_F_TX_USO;
    default:
      return 0;
  }
}

bool offload_allows(uint32_t features, const uint8_t *header, uint32_t length) {
  uint8_t flags = header[0], gso_type = header[1];
  uint32_t header_length = read16(header + 2), segment = read16(header + 4);
  uint32_t start = read16(header + 6), end = start + read16(header + 8) + 2;
  if (length < ETHERNET_HEADER || header_length > length) return false;
  if (flags == 0) return gso_type == GSO_NONE;
  if (flags != NEEDS_CSUM || !(features & FATA_NET_F_TX_CSUM) || start < ETHERNET_HEADER || end > length) return false;
  if (gso_type == GSO_NONE) return true;
  return (features & feature_of(gso_type)) && header_length >= end && segment > 0 &&
         (length - start) / segment <= SEGMENTS_MAX;
}
