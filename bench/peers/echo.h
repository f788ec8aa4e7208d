/*
 * What both plain C echo programs do: attach to a tap, and answer ARP, ICMP echo and UDP echo (port 7) in place, by
 * swapping addresses. There is no stack: no checksum is verified, no neighbour looked up, nothing queued.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the arguments TAP ADDRESS and attaches, without offloads. Returns a descriptor; ends the program on failure. */
int echo_open(int argc, char **argv);

/* Turns a frame into its answer. Returns whether there is one, as long as the frame. */
bool echo_answer(uint8_t *frame, size_t length);
