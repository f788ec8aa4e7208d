/*
 * The host's side of one network device: a tap, a datagram socket that carries one frame a datagram, or a stream socket on
 * which each frame's length stands before it (stream.h). A tap is opened by name, a stream socket by path (`unix:PATH`); each
 * can be inherited as a descriptor (`@FD`).
 */
#ifndef FATA_TAP_H
#define FATA_TAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "failure.h"

struct stream;

struct tap {
  int fd;
  /* The descriptor's number among the ring's files (uring.h), or -1: it is read and written by plain system calls. */
  int file;
  /* Frames carry a virtio_net_hdr on this descriptor. Where they do not, the ring code leaves it out. */
  bool vnet;
  /* Offloads that the kernel was told of and has: FATA_NET_F_*. None but on a tap with headers. */
  uint32_t features;
  /* SOCK_DGRAM, SOCK_SEQPACKET or SOCK_STREAM; 0 for a tap. */
  int socket;
  /* What a stream socket keeps of frames that came or went in part, else NULL. */
  struct stream *stream;
  uint8_t mac[6];
  uint16_t mtu;
  /* The link, as far as reading and writing have shown. */
  bool up;
  /* The descriptor can never work again (the tap was deleted, the peer has closed): it is not polled any more. */
  bool gone;
};

/* Results of tap_read and tap_write below zero. */
enum {
  /* Nothing to read, or no room to write: poll. */
  TAP_AGAIN = -1,
  /* The frame is lost, as on a wire: go on. */
  TAP_DROPPED = -2,
};

/*
 * Opens `target`: the name of a tap, @FD or unix:PATH.
 * `mac`: the guest's address, 6 bytes, or NULL for a random one that is locally administered.
 * `offload`: features that the guest may use.
 * Returns 0, 1 with a warning told (the tap is down), or -1 with the failure told.
 */
int tap_open(struct tap *tap, const char *target, const uint8_t *mac, uint32_t offload, struct failure *failure);

/* Reads one frame. Returns its bytes (more than fit are cut off), TAP_AGAIN or TAP_DROPPED. */
ssize_t tap_read(struct tap *tap, const struct iovec *pieces, int count);

/* Writes one frame, or takes it to be written by tap_flush. Returns its bytes, TAP_AGAIN or TAP_DROPPED. */
ssize_t tap_write(struct tap *tap, const struct iovec *pieces, int count);

/* What a read or write that was carried out elsewhere means: `result` is its bytes or -errno. Returns as tap_read does. */
ssize_t tap_outcome(struct tap *tap, bool write, ssize_t result);

/* Writes what was taken. Returns false when some of it is left: poll. */
bool tap_flush(struct tap *tap);

/* Frames were read already, of which poll knows nothing: read on. */
bool tap_ahead(const struct tap *tap);

/* The descriptor is in an error state: `up` and `gone` say afterwards what of it is left. */
void tap_failed(struct tap *tap);

#endif
