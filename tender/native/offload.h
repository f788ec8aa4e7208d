/*
 * Offloads: what guest and host leave to each other to finish in a frame, as its virtio_net_hdr says (VIRTIO 1.2, 5.1.6).
 * Features are FATA_NET_F_* of abi.h.
 */
#ifndef FATA_OFFLOAD_H
#define FATA_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "abi.h"

/* What a guest receives with. */
#define OFFLOAD_RECEIVE (FATA_NET_F_RX_CSUM | OFFLOAD_LARGE)
/* Frames larger than the MTU that a guest receives. */
#define OFFLOAD_LARGE (FATA_NET_F_RX_TSO4 | FATA_NET_F_RX_TSO6 | FATA_NET_F_RX_USO)

/* The features without those that lack what they build on: no segment without a checksum that is filled in later. */
uint32_t offload_sound(uint32_t features);

/*
 * Tells a tap with headers what its reader takes of these features. To be called with none, too: a tap keeps what was said
 * last, and what a reader does not expect stalls TCP.
 * Returns the features that the kernel has, or -1 with errno.
 */
int64_t offload_tell(int fd, uint32_t features);

/*
 * Whether a guest may send a frame.
 * `features`: what it has agreed on; `header`: its virtio_net_hdr; `length`: bytes of the frame behind that.
 */
bool offload_allows(uint32_t features, const uint8_t *header, uint32_t length);

#endif
