/*
 * Opens a tap, as a service manager would, and becomes a program that inherits it:
 *
 *     with-tap TAP vnet|plain|stale FD PROGRAM ARGUMENT...
 *
 * vnet: frames have a virtio_net_hdr before them. stale: and the kernel is told that the program takes large segments without
 * checksums, which a tap that stays remembers. FD: the descriptor's number in the program.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 5) {
    fputs("with-tap: expected TAP vnet|plain|stale FD PROGRAM ARGUMENT...\n", stderr);
    return 64;
  }
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  if (strcmp(argv[2], "plain") != 0) request.ifr_flags |= IFF_VNET_HDR;
  strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
  int wanted = atoi(argv[3]), tap = open("/dev/net/tun", O_RDWR);
  if (tap < 0 || ioctl(tap, TUNSETIFF, &request) < 0) {
    perror("with-tap: tap");
    return 1;
  }
  if (strcmp(argv[2], "stale") == 0 && ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0) {
    perror("with-tap: offloads");
    return 1;
  }
  if (tap != wanted) {
    if (dup2(tap, wanted) < 0) perror("with-tap: descriptor");
    close(tap);
  }
  execvp(argv[4], argv + 4);
  perror("with-tap: program");
  return 1;
}
