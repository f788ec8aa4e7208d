/*
 * One network device: the guest's receive and transmit rings (abi.h, "Network rings") over a tap.
 * What is to be sent and where to receive is added to a batch (batch.h), and taken from it once it is carried out.
 * Nothing here allocates, and no index, address or length is used before its check.
 */
#ifndef FATA_RING_NET_H
#define FATA_RING_NET_H

#include "batch.h"
#include "counters.h"
#include "guest.h"

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
  /* Frames are posted that were not looked at yet: do not sleep. */
  bool tx_more;
  /* The guest has posted no buffer: frames wait in the host. */
  bool rx_starved;
  /* There is no room for the largest frame, though it may come: so none is read. */
  bool rx_short;
  /* rx_more: read on in this pass. rx_ahead: frames were read already, of which poll knows nothing: do not sleep. */
  bool rx_more, rx_ahead;
  /* Frames may be larger than the tap's MTU: offloads were agreed on, or one has come that was cut off. */
  bool rx_large;
  /* The last frame filled several buffers. */
  bool rx_several;
  /* rx_woken: there is something to read, for which the loop was woken. rx_passed_over: the last batch had no read. */
  bool rx_woken, rx_passed_over;
  /*
   * How many reads the next batch has: about as many as frames seem to come at once. Where the answers to one batch bring
   * the next, many come after each sleep and none before it: so it is two numbers, of which rx_woken says which one
   * counts. The first may be 0: then the loop sleeps before it reads again.
   */
  uint32_t rx_wanted[2];
  /* Entries of the rings that are the tender's, and the operations about them, in the batch. */
  uint32_t rx_free, rx_first, rx_count, tx_pending, tx_first, tx_count;
  /* Of this pass: reads that found something, and frames. */
  uint32_t rx_reads, rx_frames, tx_frames;
  /* The link as the guest was told. */
  bool link_up;
  struct net_counters counters;
};

/* Takes over the header at `header` and fills in the tender's part. Returns false with the fault recorded. */
bool net_attach(struct net *n, struct memory *m, uint32_t header);

/* Begins a pass of the loop. */
void net_begin(struct net *n);

/* Adds what the guest has posted, frames and buffers, to a batch that is not crowded. Returns false with the fault recorded. */
bool net_prepare(struct net *n, struct memory *m, struct batch *b);

/*
 * Takes what came of it: frames that are sent, buffers that are filled.
 * Returns whether the guest has something to look at, among it a ring that was full and has room again; -1 with the fault
 * recorded.
 */
int net_complete(struct net *n, struct memory *m, const struct batch *b);

/* Ends a pass: counts its frames. */
void net_end(struct net *n);

/* Frames that are posted and not yet sent. */
bool net_transmitting(const struct net *n, const struct memory *m);

/* Tells the guest about the link. Returns whether it has changed. */
bool net_link(struct net *n, struct memory *m);

/* ---- Between the files of this module (ring_net.c, net_transmit.c, net_receive.c) --------------------------------- */

/* Room for what a device calls its rings and buffers, in faults. */
#define NET_WHAT_MAX 160

/* Least octets of a frame. */
#define ETHERNET_HEADER 14

/* A guest's buffer. */
struct piece {
  uint32_t address;
  uint32_t length;
};

/* A part of a device, for people, in `text`. */
const char *net_what(const struct net *n, const char *part, char text[NET_WHAT_MAX]);

/* How many entries lie between an index of the guest's, in the header at `field`, and ours. False with the fault recorded. */
bool net_outstanding(const struct net *n, struct memory *m, uint32_t field, uint32_t behind, uint32_t size,
                     const char *part, uint32_t *count);

void net_fault_buffer(const struct net *n, struct memory *m, const char *part, const struct piece *piece)
    __attribute__((cold));

/* Reads one descriptor, once, and checks the buffer that it names. Returns false with the fault recorded. */
static inline bool net_descriptor(const struct net *n, struct memory *m, uint32_t ring, uint32_t size, uint32_t index,
                                  const char *part, struct piece *piece, uint32_t *flags) {
  uint32_t at = ring + (index & (size - 1)) * FATA_DESC_SIZE;
  piece->address = memory_load(m, at + FATA_DESC_ADDRESS);
  piece->length = memory_load(m, at + FATA_DESC_LENGTH);
  *flags = memory_load(m, at + FATA_DESC_FLAGS);
  if (__builtin_expect(memory_at(m, piece->address, piece->length) != NULL, true)) return true;
  net_fault_buffer(n, m, part, piece);
  return false;
}

bool net_prepare_transmit(struct net *n, struct memory *m, struct batch *b);
bool net_complete_transmit(struct net *n, struct memory *m, const struct batch *b);
bool net_prepare_receive(struct net *n, struct memory *m, struct batch *b);
int net_complete_receive(struct net *n, struct memory *m, const struct batch *b);

#endif
