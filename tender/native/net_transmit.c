/* Frames that the guest has posted go to the tap. */
#include "offload.h"
#include "ring_net.h"

/*
 * Reads the descriptors of the frame that begins at `index`, of `pending` that are posted, into an operation, whose first
 * piece is the virtio_net_hdr, copied. Returns false with the fault recorded.
 */
static bool gather(struct net *n, struct memory *m, uint32_t index, uint32_t pending, struct batch *b,
                   struct operation *o) {
  char text[NET_WHAT_MAX];
  uint32_t count = 0, total = 0, flags;
  batch_piece(b, o, o->header, sizeof o->header);
  do {
    if (count == pending || count == FATA_NET_PIECES_MAX) {
      memory_fault(m, count == pending ? "%s has no last piece" : "%s has more pieces than allowed",
                   net_what(n, "transmitted frame", text));
      return false;
    }
    struct piece piece;
    if (!net_descriptor(n, m, n->tx_ring, n->tx_size, index + count, "transmit buffer", &piece, &flags)) return false;
    if (piece.length > FATA_NET_FRAME_MAX - total) {
      memory_fault(m, "%s is longer than %u bytes", net_what(n, "transmitted frame", text), FATA_NET_FRAME_MAX);
      return false;
    }
    batch_piece(b, o, m->base + piece.address, piece.length);
    total += piece.length;
    count++;
  } while (flags & FATA_DESC_NEXT);
  struct iovec *first = &o->pieces[1];
  if (first->iov_len < FATA_VNET_HDR_SIZE) {
    memory_fault(m, "%s: the first piece has %zu bytes; expected a header of %u",
                 net_what(n, "transmitted frame", text), first->iov_len, FATA_VNET_HDR_SIZE);
    return false;
  }
  memcpy(o->header, first->iov_base, sizeof o->header);
  first->iov_base = (uint8_t *)first->iov_base + FATA_VNET_HDR_SIZE;
  first->iov_len -= FATA_VNET_HDR_SIZE;
  o->descriptors = count;
  o->length = total;
  return true;
}

/* Leaves out the virtio_net_hdr, and what is empty without it, so that most frames have one piece. */
static void strip(struct operation *o) {
  unsigned out = o->pieces[1].iov_len > 0 ? 1 : 2;
  o->pieces += out;
  o->count -= out;
}

bool net_prepare_transmit(struct net *n, struct memory *m, struct batch *b) {
  uint32_t pending, index = n->tx_taken;
  if (!net_outstanding(n, m, FATA_NET_TX_POSTED, index, n->tx_size, "transmit ring", &pending)) return false;
  n->tx_blocked = !tap_flush(&n->tap);
  n->tx_pending = pending;
  n->tx_first = b->count;
  for (n->tx_count = 0; pending > 0 && n->tx_count < NET_BATCH; n->tx_count++) {
    struct operation *o = batch_add(b, &n->tap, true);
    if (!gather(n, m, index, pending, b, o)) return false;
    index += o->descriptors;
    pending -= o->descriptors;
    if (!offload_allows(n->features, o->header, o->length - FATA_VNET_HDR_SIZE)) {
      o->settled = true;
      o->result = TAP_DROPPED;
    } else if (!n->tap.vnet) {
      strip(o);
    }
  }
  n->tx_more = pending > 0;
  return true;
}

/* Frames up to the last that the tap took are sent, or lost. Returns whether a ring that was full has room again. */
bool net_complete_transmit(struct net *n, struct memory *m, const struct batch *b) {
  const struct operation *first = b->operations + n->tx_first, *end = first + n->tx_count;
  bool was_full = n->tx_pending == n->tx_size;
  if (n->tx_count == 0) return false;
  while (end > first && end[-1].result == TAP_AGAIN) end--;
  if (end < first + n->tx_count) {
    n->tx_blocked = true;
    n->tx_more = false;
    n->counters.tx_full++;
  }
  for (const struct operation *o = first; o < end; o++) {
    n->tx_taken += o->descriptors;
    if (o->result < 0) {
      n->counters.tx_dropped++;
      continue;
    }
    n->counters.tx_packets++;
    n->counters.tx_bytes += o->length - FATA_VNET_HDR_SIZE;
  }
  n->tx_frames += (uint32_t)(end - first);
  if (!tap_flush(&n->tap)) n->tx_blocked = true;
  memory_store(m, n->header + FATA_NET_TX_TAKEN, n->tx_taken);
  return was_full && end > first;
}

bool net_transmitting(const struct net *n, const struct memory *m) {
  return n->attached && (n->tx_blocked || memory_load(m, n->header + FATA_NET_TX_POSTED) != n->tx_taken);
}
