/*
 * What plain C programs on a tap share: attaching to it, and answering ARP, ICMP echo and UDP echo (port 7) in place, by
 * swapping addresses. There is no stack: no checksum is verified, no neighbour looked up, nothing queued.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the arguments TAP ADDRESS and attaches, without offloads. Returns a descriptor; ends the program on failure. */
int echo_open(int argc, char **argv);

/*
 * Attaches to a tap, of which we have an address. `flags` are IFF_VNET_HDR or 0, `offloads` are TUN_F_*.
 * Returns a descriptor; ends the program on failure.
 */
int echo_attach(const char *tap, const char *own, short flags, unsigned long offloads);

/* Turns a frame into its answer. Returns whether there is one, as long as the frame. */
bool echo_answer(uint8_t *frame, size_t length);
