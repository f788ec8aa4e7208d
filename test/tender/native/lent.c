/*
 * A guest that sends frames from where they were received, and so has too few buffers until they are sent: pump returns when
 * the next frame waits, for nothing else would tell the guest that its buffers are free. Prints what pump found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../../../tender/native/clock.h"
#include "../../../tender/native/tender.h"

#define MEMORY (1u << 20)
#define HEADER 64u
#define RECEIVE 4096u
#define TRANSMIT 8192u
#define BUFFER 65536u

static struct fata_guest guest;

static void post(uint32_t ring, uint32_t index, uint32_t length) {
  memory_store(&guest.memory, ring + FATA_DESC_ADDRESS, BUFFER);
  memory_store(&guest.memory, ring + FATA_DESC_LENGTH, length);
  memory_store(&guest.memory, HEADER + index, 1);
}

int main(void) {
  struct failure failure;
  struct memory *m = &guest.memory;
  struct net *net = &guest.nets[0];
  const char frame[64] = {0};
  char target[16];
  int ends[2];
  guest.signals = guest.ring.fd = -1;
  guest.origin = clock_now(0);
  m->base = calloc(1, m->length = MEMORY);
  if (!m->base || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0) return 1;
  snprintf(target, sizeof target, "@%d", ends[0]);
  if (tender_add_net(&guest, "net", target, NULL, 0, &failure) < 0) return 1;
  /* As a tap with offloads. */
  net->tap.vnet = true;
  net->tap.features = FATA_NET_F_RX_CSUM | FATA_NET_F_RX_TSO4;
  memory_store(m, HEADER + FATA_NET_FEATURES, net->tap.features);
  memory_store(m, HEADER + FATA_NET_RX_RING, RECEIVE);
  memory_store(m, HEADER + FATA_NET_RX_SIZE, 64);
  memory_store(m, HEADER + FATA_NET_TX_RING, TRANSMIT);
  memory_store(m, HEADER + FATA_NET_TX_SIZE, 64);
  if (!net_attach(net, m, HEADER)) return 1;
  /* Too little for the largest frame; and the loop sleeps once before it reads, as where frames come one by one. */
  post(RECEIVE, FATA_NET_RX_POSTED, 2048);
  net->rx_wanted[0] = 0;
  post(TRANSMIT, FATA_NET_TX_POSTED, 64);
  if (send(ends[1], frame, sizeof frame, 0) < 0) return 1;
  guest.times.deadline = 5 * CLOCK_SECOND;
  if (pump(&guest) != 0) return 1;
  printf("%u sent, %u received, %s the deadline\n", net->tx_taken, net->rx_filled,
         guest.times.now < guest.times.deadline ? "before" : "at");
  return 0;
}
