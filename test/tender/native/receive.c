/*
 * Frames of any length, read in batches into buffers of any length: each must come to the guest whole, in order, or be
 * counted as lost. This plays the kernel: it carries out the reads that net_receive.c prepares.
 *
 *   receive SEED ROUNDS     prints how many frames were kept and lost; aborts where something is wrong
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../../tender/native/ring_net.h"

#define MEMORY (4u << 20)
#define ENTRIES 1024u
#define HEADER 64u
#define RING 4096u
#define BUFFERS 65536u

static struct net net;
static struct memory memory;
static struct batch batch;
static unsigned state;

static unsigned below(unsigned n) {
  state = state * 1664525 + 1013904223;
  return (unsigned)((uint64_t)state * n >> 32);
}

static void check(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "%s\n", what);
  abort();
}

/* Frames that were read and not seen by the guest yet: length, and what it is filled with. */
static struct { uint32_t length; uint8_t fill; } sent[4096];
static unsigned sent_first, sent_end;

static uint8_t octet(uint8_t fill, uint32_t at) { return (uint8_t)(fill + at * 7); }

/* What the kernel does: at times nothing comes between frames that do. */
static void carry_out(bool large) {
  static uint8_t fill;
  for (unsigned i = 0; i < batch.count; i++) {
    struct operation *o = &batch.operations[i];
    uint32_t length = 14 + below(large && below(3) == 0 ? 65600 : 1500), done = 0;
    if (below(6) == 0) {
      o->result = below(4) ? TAP_AGAIN : TAP_DROPPED;
      continue;
    }
    fill++;
    for (uint32_t p = 0; p < o->count && done < length; p++)
      for (size_t k = 0; k < o->pieces[p].iov_len && done < length; k++)
        ((uint8_t *)o->pieces[p].iov_base)[k] = octet(fill, done++);
    o->result = done;
    check(done == length, "there was no room for a frame");
    sent[sent_end % 4096].length = length;
    sent[sent_end++ % 4096].fill = fill;
  }
}

/* What the guest does with what is filled. Returns how many frames there were. */
static unsigned look(uint32_t from, bool several_lengths) {
  unsigned frames = 0;
  static uint8_t frame[1 << 17];
  while (from != net.rx_filled) {
    uint32_t length = 0, done;
    do {
      check(from != net.rx_filled, "a frame without an end");
      uint32_t at = RING + from++ % ENTRIES * FATA_DESC_SIZE, address = memory_load(&memory, at + FATA_DESC_ADDRESS);
      done = memory_load(&memory, at + FATA_DESC_DONE);
      uint32_t part = done & ~FATA_DESC_NEXT;
      check(part <= memory_load(&memory, at + FATA_DESC_LENGTH), "more than a buffer holds");
      memcpy(frame + length, memory.base + address, part);
      length += part;
    } while (done & FATA_DESC_NEXT);
    for (unsigned i = 0; i < FATA_VNET_HDR_SIZE; i++) check(frame[i] == 0, "a header that says something");
    /* Frames may be lost, but what comes is in order. */
    for (bool found = false; !found;) {
      check(sent_first != sent_end, "a frame that was not sent");
      unsigned s = sent_first++ % 4096;
      found = sent[s].length == length - FATA_VNET_HDR_SIZE && frame[FATA_VNET_HDR_SIZE] == octet(sent[s].fill, 0);
      for (uint32_t i = 0; found && i < sent[s].length; i++)
        check(frame[FATA_VNET_HDR_SIZE + i] == octet(sent[s].fill, i), "a frame with a wrong octet");
      check(found || several_lengths || net.counters.rx_dropped > 0, "a frame is missing");
    }
    frames++;
  }
  sent_first = sent_end;
  return frames;
}

int main(int count, char **words) {
  unsigned kept = 0, rounds = count == 3 ? (unsigned)atoi(words[2]) : 0;
  struct failure failure;
  state = count == 3 ? (unsigned)atoi(words[1]) : 0;
  memory.base = malloc(MEMORY);
  memory.length = MEMORY;
  if (batch_open(&batch, &failure) < 0) return 1;
  for (unsigned round = 0; round < rounds; round++) {
    bool large = below(2), several_lengths = below(2);
    uint64_t lost = net.counters.rx_dropped, packets = net.counters.rx_packets;
    net = (struct net){.tap = {.file = -1, .mtu = 1500, .up = true}, .counters = {.rx_dropped = lost, .rx_packets = packets}};
    memset(memory.base, 0xee, BUFFERS);
    memory_store(&memory, HEADER + FATA_NET_RX_RING, RING);
    memory_store(&memory, HEADER + FATA_NET_RX_SIZE, ENTRIES);
    memory_store(&memory, HEADER + FATA_NET_TX_RING, RING + ENTRIES * FATA_DESC_SIZE);
    memory_store(&memory, HEADER + FATA_NET_TX_SIZE, 1);
    memory_store(&memory, HEADER + FATA_NET_TX_POSTED, 0);
    memory_store(&memory, HEADER + FATA_NET_FEATURES, 0);
    check(net_attach(&net, &memory, HEADER), "attached");
    net.rx_large = large;
    for (uint32_t i = 0; i < ENTRIES; i++) {
      uint32_t at = RING + i * FATA_DESC_SIZE;
      memory_store(&memory, at + FATA_DESC_ADDRESS, BUFFERS + i * 2048);
      memory_store(&memory, at + FATA_DESC_LENGTH, several_lengths && large ? 10 + below(2039) : 2048);
    }
    for (int pass = 0; pass < 20; pass++) {
      uint32_t before = net.rx_filled;
      memory_store(&memory, HEADER + FATA_NET_RX_POSTED, before + (below(4) ? ENTRIES : below(80)));
      net_begin(&net);
      batch_clear(&batch);
      check(net_prepare(&net, &memory, &batch), "prepared");
      carry_out(large);
      uint64_t dropped = net.counters.rx_dropped;
      unsigned read = sent_end - sent_first;
      for (unsigned i = 0; i < batch.count; i++) read += batch.operations[i].result == TAP_DROPPED;
      check(net_complete(&net, &memory, &batch) >= 0, "completed");
      unsigned frames = look(before, several_lengths);
      check(frames + (net.counters.rx_dropped - dropped) == read, "each frame is kept or counted as lost");
      kept += frames;
    }
  }
  check(kept == net.counters.rx_packets, "frames are counted");
  printf("%u %llu\n", kept, (unsigned long long)net.counters.rx_dropped);
  return 0;
}
