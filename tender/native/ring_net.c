#include "ring_net.h"


#include "offload.h"

/* Room for what a device calls its rings and buffers, in faults. */
#define WHAT_MAX 160

#define ETHERNET_HEADER 14
#define VLAN_TAG 4

struct piece {
  uint32_t address;
  uint32_t length;
};

/* Where a frame goes that is larger than the buffers it was read into. Shared: it is empty between two frames. */
static uint8_t spill[FATA_NET_FRAME_MAX];

static const char zeros[FATA_VNET_HDR_SIZE];

static const char *what(const struct net *n, const char *part, char *text) {
  text_format(text, WHAT_MAX, "network device \"%s\": %s", n->name, part);
  return text;
}

static bool outstanding(const struct net *n, struct memory *m, uint32_t field, uint32_t behind, uint32_t size,
                        const char *part, uint32_t *count) {
  uint32_t ahead = memory_load(m, n->header + field);
  if (__builtin_expect(ahead - behind <= size, true)) {
    *count = ahead - behind;
    return true;
  }
  char text[WHAT_MAX];
  return memory_check_index(m, what(n, part, text), ahead, behind, size, count);
}

/* Reads one descriptor, once, and checks the buffer that it names. */
static bool read_descriptor(const struct net *n, struct memory *m, uint32_t ring, uint32_t size, uint32_t index,
                            const char *part, struct piece *piece, uint32_t *flags) {
  uint32_t at = ring + (index & (size - 1)) * FATA_DESC_SIZE;
  piece->address = memory_load(m, at + FATA_DESC_ADDRESS);
  piece->length = memory_load(m, at + FATA_DESC_LENGTH);
  *flags = memory_load(m, at + FATA_DESC_FLAGS);
  if (__builtin_expect(memory_at(m, piece->address, piece->length) != NULL, true)) return true;
  char text[WHAT_MAX];
  memory_fault_range(m, what(n, part, text), piece->address, piece->length);
  return false;
}

/*
 * Agrees on offloads. The kernel was told what the manifest says before the process was locked down, so that a guest that
 * takes less of it would be given frames that it does not understand.
 */
static bool agree(struct net *n, struct memory *m) {
  char text[WHAT_MAX];
  uint32_t wanted = memory_load(m, n->header + FATA_NET_FEATURES);
  n->features = offload_sound(wanted & n->tap.features);
  if ((n->features ^ n->tap.features) & OFFLOAD_RECEIVE) {
    memory_fault(m, "%s 0x%x are not those to receive that the manifest has, 0x%x", what(n, "offloads", text), wanted,
                 n->tap.features);
    return false;
  }
  n->rx_large = (n->features & OFFLOAD_LARGE) != 0;
  memory_store(m, n->header + FATA_NET_FEATURES, n->features);
  return true;
}

bool net_attach(struct net *n, struct memory *m, uint32_t header) {
  char text[WHAT_MAX];
  if (!memory_at(m, header, FATA_NET_HEADER_SIZE)) {
    memory_fault_range(m, what(n, "ring header", text), header, FATA_NET_HEADER_SIZE);
    return false;
  }
  if (header % FATA_RING_ALIGN != 0) {
    memory_fault(m, "%s at 0x%x is not aligned to %u bytes", what(n, "ring header", text), header, FATA_RING_ALIGN);
    return false;
  }
  n->header = header;
  n->rx_ring = memory_load(m, header + FATA_NET_RX_RING);
  n->rx_size = memory_load(m, header + FATA_NET_RX_SIZE);
  n->tx_ring = memory_load(m, header + FATA_NET_TX_RING);
  n->tx_size = memory_load(m, header + FATA_NET_TX_SIZE);
  if (!memory_check_ring(m, what(n, "receive ring", text), n->rx_ring, n->rx_size, FATA_DESC_SIZE)) return false;
  if (!memory_check_ring(m, what(n, "transmit ring", text), n->tx_ring, n->tx_size, FATA_DESC_SIZE)) return false;
  memory_store(m, header + FATA_NET_RX_FILLED, 0);
  memory_store(m, header + FATA_NET_TX_TAKEN, 0);
  memcpy(m->base + header + FATA_NET_MAC, n->tap.mac, sizeof n->tap.mac);
  memcpy(m->base + header + FATA_NET_MTU, &n->tap.mtu, sizeof n->tap.mtu);
  if (!agree(n, m)) return false;
  memory_store(m, header + FATA_NET_LINK, n->tap.up);
  n->link_up = n->tap.up;
  n->attached = true;
  return true;
}

/* ---- Transmit ---------------------------------------------------------------------------------------------------- */

/*
 * Reads the descriptors of the next frame.
 * Returns how many pieces it has, 0 with the fault recorded.
 */
static uint32_t gather(struct net *n, struct memory *m, uint32_t pending, struct piece *pieces, uint32_t *total) {
  char text[WHAT_MAX];
  uint32_t count = 0, flags;
  *total = 0;
  do {
    if (count == pending || count == FATA_NET_PIECES_MAX) {
      memory_fault(m, count == pending ? "%s has no last piece" : "%s has more pieces than allowed",
                   what(n, "transmitted frame", text));
      return 0;
    }
    struct piece *piece = &pieces[count];
    if (!read_descriptor(n, m, n->tx_ring, n->tx_size, n->tx_taken + count, "transmit buffer", piece, &flags))
      return 0;
    if (piece->length > FATA_NET_FRAME_MAX - *total) {
      memory_fault(m, "%s is longer than %u bytes", what(n, "transmitted frame", text), FATA_NET_FRAME_MAX);
      return 0;
    }
    *total += piece->length;
    count++;
  } while (flags & FATA_DESC_NEXT);
  if (pieces[0].length < FATA_VNET_HDR_SIZE) {
    memory_fault(m, "%s: the first piece has %u bytes; expected a header of %u", what(n, "transmitted frame", text),
                 pieces[0].length, FATA_VNET_HDR_SIZE);
    return 0;
  }
  return count;
}

/* Sends one frame. Returns false when the tap has no room for it. */
static bool send_frame(struct net *n, struct memory *m, const struct piece *pieces, uint32_t count, uint32_t total) {
  const uint8_t *header = m->base + pieces[0].address;
  if (!offload_allows(n->features, header, total - FATA_VNET_HDR_SIZE)) {
    n->counters.tx_dropped++;
    return true;
  }
  struct iovec list[FATA_NET_PIECES_MAX];
  for (uint32_t i = 0; i < count; i++) list[i] = (struct iovec){m->base + pieces[i].address, pieces[i].length};
  if (!n->tap.vnet) {
    list[0].iov_base = (uint8_t *)list[0].iov_base + FATA_VNET_HDR_SIZE;
    list[0].iov_len -= FATA_VNET_HDR_SIZE;
  }
  ssize_t result = n->tap.gone ? TAP_DROPPED : tap_write(&n->tap, list, (int)count);
  if (result == TAP_AGAIN) return false;
  if (result < 0) {
    n->counters.tx_dropped++;
    return true;
  }
  n->counters.tx_packets++;
  n->counters.tx_bytes += total - FATA_VNET_HDR_SIZE;
  return true;
}

int net_transmit(struct net *n, struct memory *m) {
  uint32_t pending, total;
  if (!outstanding(n, m, FATA_NET_TX_POSTED, n->tx_taken, n->tx_size, "transmit ring", &pending)) return -1;
  n->tx_blocked = !tap_flush(&n->tap);
  if (pending == 0) return 0;
  bool was_full = pending == n->tx_size;
  uint32_t before = n->tx_taken, frames = 0;
  struct piece pieces[FATA_NET_PIECES_MAX];
  while (pending > 0) {
    uint32_t count = gather(n, m, pending, pieces, &total);
    if (count == 0) return -1;
    if (!send_frame(n, m, pieces, count, total)) {
      n->tx_blocked = true;
      n->counters.tx_full++;
      break;
    }
    n->tx_taken += count;
    pending -= count;
    frames++;
  }
  count_batch(&n->counters.tx_batches, &n->counters.tx_batch_max, frames);
  if (!tap_flush(&n->tap)) n->tx_blocked = true;
  memory_store(m, n->header + FATA_NET_TX_TAKEN, n->tx_taken);
  return was_full && n->tx_taken != before;
}

bool net_transmitting(const struct net *n, const struct memory *m) {
  return n->attached && (n->tx_blocked || memory_load(m, n->header + FATA_NET_TX_POSTED) != n->tx_taken);
}

/* ---- Receive ----------------------------------------------------------------------------------------------------- */

/* The buffers of one frame, read from the ring as far as they are needed. */
struct buffers {
  struct piece pieces[FATA_NET_BUFFERS_MAX];
  uint32_t count;
  /* Bytes of room in them. */
  uint32_t room;
};

/* Reads descriptors until there is room for `wanted` bytes or no buffer is left. False with the fault recorded. */
static bool collect(struct net *n, struct memory *m, uint32_t free, uint32_t wanted, struct buffers *b) {
  uint32_t flags;
  while (b->room < wanted && b->count < free && b->count < FATA_NET_BUFFERS_MAX) {
    struct piece *piece = &b->pieces[b->count];
    if (!read_descriptor(n, m, n->rx_ring, n->rx_size, n->rx_filled + b->count, "receive buffer", piece, &flags))
      return false;
    if (piece->length < FATA_VNET_HDR_SIZE) {
      char text[WHAT_MAX];
      memory_fault(m, "%s has %u bytes; expected at least %u", what(n, "receive buffer", text), piece->length,
                   FATA_VNET_HDR_SIZE);
      return false;
    }
    /* One buffer may be as large as the memory; no frame is. */
    if (piece->length > FATA_NET_FRAME_MAX) piece->length = FATA_NET_FRAME_MAX;
    b->room += piece->length;
    b->count++;
  }
  return true;
}

/*
 * Reads one frame into the buffers and, where it is larger, the spill. Returns its bytes with header, or TAP_*.
 * A tap's frames fit into buffers that have room for more than the MTU: then the spill stays out of it, and one buffer
 * alone costs a read, not a readv, which the kernel takes 0.08 us longer for. One that fills all of that room is larger
 * than was said: the MTU has changed.
 */
static ssize_t read_frame(struct net *n, struct memory *m, const struct buffers *b, uint32_t expected) {
  bool fits = b->room > expected && !n->tap.socket && !n->rx_large;
  struct iovec list[FATA_NET_BUFFERS_MAX + 1];
  for (uint32_t i = 0; i < b->count; i++)
    list[i] = (struct iovec){m->base + b->pieces[i].address, b->pieces[i].length};
  list[b->count] = (struct iovec){spill, sizeof spill};
  uint32_t header = 0;
  if (!n->tap.vnet) {
    header = FATA_VNET_HDR_SIZE;
    memcpy(list[0].iov_base, zeros, header);
    list[0].iov_base = (uint8_t *)list[0].iov_base + header;
    list[0].iov_len -= header;
  }
  ssize_t bytes = tap_read(&n->tap, list, (int)b->count + !fits);
  if (bytes < 0) return bytes;
  bytes += header;
  if (fits && bytes == b->room) {
    n->rx_large = true;
    return TAP_DROPPED;
  }
  return bytes < FATA_VNET_HDR_SIZE + ETHERNET_HEADER || bytes > FATA_NET_FRAME_MAX ? TAP_DROPPED : bytes;
}

/* Moves what went to the spill into further buffers. Returns false where there are none: the frame is lost. */
static bool unspill(struct net *n, struct memory *m, uint32_t free, uint32_t total, struct buffers *b) {
  uint32_t from = b->room, first = b->count;
  if (!collect(n, m, free, total, b) || b->room < total) return false;
  const uint8_t *source = spill;
  for (uint32_t i = first; i < b->count; i++) {
    uint32_t part = total - from < b->pieces[i].length ? total - from : b->pieces[i].length;
    memcpy(m->base + b->pieces[i].address, source, part);
    source += part;
    from += part;
  }
  return true;
}

/* Writes `done` of each buffer that the frame fills, and counts them. */
static void publish(struct net *n, struct memory *m, uint32_t total, const struct buffers *b) {
  uint32_t left = total, i = 0;
  do {
    uint32_t part = left < b->pieces[i].length ? left : b->pieces[i].length;
    uint32_t at = n->rx_ring + (n->rx_filled & (n->rx_size - 1)) * FATA_DESC_SIZE;
    left -= part;
    memory_store(m, at + FATA_DESC_DONE, left > 0 ? part | FATA_DESC_NEXT : part);
    n->rx_filled++;
    i++;
  } while (left > 0);
  memory_store(m, n->header + FATA_NET_RX_FILLED, n->rx_filled);
}

int net_receive(struct net *n, struct memory *m) {
  uint32_t expected = FATA_VNET_HDR_SIZE + ETHERNET_HEADER + VLAN_TAG + n->tap.mtu;
  uint32_t free;
  int frames = 0;
  if (!outstanding(n, m, FATA_NET_RX_POSTED, n->rx_filled, n->rx_size, "receive ring", &free)) return -1;
  uint32_t posted = n->rx_filled + free;
  for (int i = 0; i < NET_BATCH && free > 0 && !n->tap.gone; i++) {
    struct buffers b;
    b.count = b.room = 0; /* and no more: clearing the pieces costs as much as all the rest of this loop */
    if (!collect(n, m, free, expected, &b)) return -1;
    ssize_t bytes = read_frame(n, m, &b, expected);
    if (bytes == TAP_AGAIN) break;
    if (bytes < 0 || ((uint32_t)bytes > b.room && !unspill(n, m, free, (uint32_t)bytes, &b))) {
      if (m->faulted) return -1;
      n->counters.rx_dropped++;
      continue;
    }
    publish(n, m, (uint32_t)bytes, &b);
    n->counters.rx_bytes += (uint32_t)bytes - FATA_VNET_HDR_SIZE;
    free = posted - n->rx_filled;
    frames++;
  }
  n->counters.rx_packets += (unsigned)frames;
  count_batch(&n->counters.rx_batches, &n->counters.rx_batch_max, (unsigned)frames);
  if (free == 0 && !n->rx_starved) n->counters.rx_full++;
  n->rx_starved = free == 0;
  return frames == 0 && free > 0 ? tap_ahead(&n->tap) : frames;
}

bool net_link(struct net *n, struct memory *m) {
  if (n->tap.up == n->link_up) return false;
  n->link_up = n->tap.up;
  memory_store(m, n->header + FATA_NET_LINK, n->link_up);
  return true;
}
