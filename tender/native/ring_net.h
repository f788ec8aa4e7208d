/*
 * One network device: the guest's receive and transmit rings (abi.h, "Network rings") over a tap.
 * Nothing here allocates, and no index, address or length is used before its check.
 */
#ifndef FATA_RING_NET_H
#define FATA_RING_NET_H

#include "counters.h"
#include "guest.h"
#include "tap.h"

/* Most frames that one call of net_receive takes. */
#define NET_BATCH 64

struct net {
  char name[FATA_NAME_MAX + 1];
  struct tap tap;
  bool attached;
  /* Addresses and sizes of the rings, checked at net_attach. */
  uint32_t header, rx_ring, rx_size, tx_ring, tx_size;
  /* The tender's own indices. The guest sees copies. */
  uint32_t rx_filled, tx_taken;
  /* Offloads agreed on. */
  uint32_t features;
  /* The tap had no room for the next frame: wait for POLLOUT. */
  bool tx_blocked;
  /* The guest has posted no buffer: frames wait in the host. */
  bool rx_starved;
  /* Frames may be larger than the tap's MTU: offloads were agreed on, or one has come that was cut off. */
  bool rx_large;
  /* The link as the guest was told. */
  bool link_up;
  struct net_counters counters;
};

/* Takes over the header at `header` and fills in the tender's part. Returns false with the fault recorded. */
bool net_attach(struct net *n, struct memory *m, uint32_t header);

/*
 * Sends what the guest has posted, until the tap is full.
 * Returns 1 when a ring that was full has room again (this counts as I/O), else 0; -1 with the fault recorded.
 */
int net_transmit(struct net *n, struct memory *m);

/*
 * Fills posted buffers with frames, at most NET_BATCH.
 * Returns the number of frames, or 1 when there was none to keep, but more are there; -1 with the fault recorded.
 */
int net_receive(struct net *n, struct memory *m);

/* Frames that are posted and not yet sent. */
bool net_transmitting(const struct net *n, const struct memory *m);

/* Tells the guest about the link. Returns whether it has changed. */
bool net_link(struct net *n, struct memory *m);

#endif
