#include "ring_net.h"

#include "offload.h"

const char *net_what(const struct net *n, const char *part, char text[NET_WHAT_MAX]) {
  text_format(text, NET_WHAT_MAX, "network device \"%s\": %s", n->name, part);
  return text;
}

bool net_outstanding(const struct net *n, struct memory *m, uint32_t field, uint32_t behind, uint32_t size,
                     const char *part, uint32_t *count) {
  uint32_t ahead = memory_load(m, n->header + field);
  *count = ahead - behind;
  if (__builtin_expect(*count <= size, true)) return true;
  char text[NET_WHAT_MAX];
  return memory_check_index(m, net_what(n, part, text), ahead, behind, size, count);
}

void net_fault_buffer(const struct net *n, struct memory *m, const char *part, const struct piece *piece) {
  char text[NET_WHAT_MAX];
  memory_fault_range(m, net_what(n, part, text), piece->address, piece->length);
}

/*
 * Agrees on offloads. The kernel was told what the manifest says before the process was locked down, so that a guest that
 * takes less of it would be given frames that it does not understand.
 */
static bool agree(struct net *n, struct memory *m) {
  char text[NET_WHAT_MAX];
  uint32_t wanted = memory_load(m, n->header + FATA_NET_FEATURES);
  n->features = offload_sound(wanted & n->tap.features);
  if ((n->features ^ n->tap.features) & OFFLOAD_RECEIVE) {
    memory_fault(m, "%s 0x%x are not those to receive that the manifest has, 0x%x", net_what(n, "offloads", text), wanted,
                 n->tap.features);
    return false;
  }
  n->rx_large = (n->features & OFFLOAD_LARGE) != 0;
  memory_store(m, n->header + FATA_NET_FEATURES, n->features);
  return true;
}

bool net_attach(struct net *n, struct memory *m, uint32_t header) {
  char text[NET_WHAT_MAX];
  if (!memory_at(m, header, FATA_NET_HEADER_SIZE)) {
    memory_fault_range(m, net_what(n, "ring header", text), header, FATA_NET_HEADER_SIZE);
    return false;
  }
  if (header % FATA_RING_ALIGN != 0) {
    memory_fault(m, "%s at 0x%x is not aligned to %u bytes", net_what(n, "ring header", text), header, FATA_RING_ALIGN);
    return false;
  }
  n->header = header;
  n->rx_ring = memory_load(m, header + FATA_NET_RX_RING);
  n->rx_size = memory_load(m, header + FATA_NET_RX_SIZE);
  n->tx_ring = memory_load(m, header + FATA_NET_TX_RING);
  n->tx_size = memory_load(m, header + FATA_NET_TX_SIZE);
  if (!memory_check_ring(m, net_what(n, "receive ring", text), n->rx_ring, n->rx_size, FATA_DESC_SIZE)) return false;
  if (!memory_check_ring(m, net_what(n, "transmit ring", text), n->tx_ring, n->tx_size, FATA_DESC_SIZE)) return false;
  memory_store(m, header + FATA_NET_RX_FILLED, 0);
  memory_store(m, header + FATA_NET_TX_TAKEN, 0);
  memcpy(m->base + header + FATA_NET_MAC, n->tap.mac, sizeof n->tap.mac);
  memcpy(m->base + header + FATA_NET_MTU, &n->tap.mtu, sizeof n->tap.mtu);
  if (!agree(n, m)) return false;
  memory_store(m, header + FATA_NET_LINK, n->tap.up);
  n->link_up = n->tap.up;
  n->rx_wanted[0] = n->rx_wanted[1] = 1;
  n->attached = true;
  return true;
}

void net_begin(struct net *n) {
  n->rx_reads = n->rx_frames = n->tx_frames = 0;
}

bool net_prepare(struct net *n, struct memory *m, struct batch *b) {
  return net_prepare_transmit(n, m, b) && net_prepare_receive(n, m, b);
}

int net_complete(struct net *n, struct memory *m, const struct batch *b) {
  bool room = net_complete_transmit(n, m, b);
  int frames = net_complete_receive(n, m, b);
  return frames < 0 ? -1 : room || frames > 0;
}

void net_end(struct net *n) {
  count_batch(&n->counters.tx_batches, &n->counters.tx_batch_max, n->tx_frames);
  count_batch(&n->counters.rx_batches, &n->counters.rx_batch_max, n->rx_frames);
}

bool net_link(struct net *n, struct memory *m) {
  if (n->tap.up == n->link_up) return false;
  n->link_up = n->tap.up;
  memory_store(m, n->header + FATA_NET_LINK, n->link_up);
  return true;
}
