/*
 * relay TAP TAP
 *
 * What a relaying tender is measured against: a plain C program that passes frames between two taps, with offloads: a
 * frame is up to 64 KiB of TCP, which the kernel neither cut nor summed, behind its virtio_net_hdr. One read and one
 * write a frame.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* An Ethernet header, the largest IP packet, a virtio_net_hdr. */
#define FRAME_MAX (14 + 65535 + 12)

static int open_tap(const char *name) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
  unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
  snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETOFFLOAD, offloads) < 0) {
    fprintf(stderr, "relay: cannot attach to tap %s: %s\n", name, strerror(errno));
    exit(1);
  }
  return fd;
}

/* Passes on what there is. */
static void pass(int from, int to) {
  static uint8_t frame[FRAME_MAX] __attribute__((aligned(64)));
  ssize_t length;
  while ((length = read(from, frame, sizeof frame)) > 0) {
    /* A frame that the kernel does not take is lost, as on any network. */
    if (write(to, frame, (size_t)length) < 0 && errno == EBADFD) exit(1);
  }
  if (length < 0 && errno == EBADFD) exit(1);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: relay TAP TAP\n");
    return 64;
  }
  struct pollfd taps[2] = {{.fd = open_tap(argv[1]), .events = POLLIN}, {.fd = open_tap(argv[2]), .events = POLLIN}};
  while (poll(taps, 2, -1) > 0) {
    for (int i = 0; i < 2; i++)
      if (taps[i].revents) pass(taps[i].fd, taps[1 - i].fd);
  }
  return 1;
}
