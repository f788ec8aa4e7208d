/*
 * What the tender counts, each a number of 64 bits; statistics.h prints them. They cost an addition a frame or a batch,
 * nothing a byte, and no reading of a clock. Names are those that ethtool and /proc/diskstats have for such things.
 */
#ifndef FATA_COUNTERS_H
#define FATA_COUNTERS_H

#include <stdint.h>

/*
 * The loop. steps: calls of the guest's step(). waits: times that the tender slept, waited_ns: for how long, from the
 * reading of the clock before to the one after, between which lies the reading of the frames that woke it.
 */
#define LOOP_COUNTERS(X) X(steps) X(waits) X(waited_ns)

/*
 * A network device. Bytes are those of the Ethernet frames, without a virtio_net_hdr. A batch is what one pass of the loop
 * has moved. Dropped: what no end of the wire will see. tx_full: times the host had no room, and the guest's frames stayed
 * in their ring; rx_full: times the guest had no buffer left, and frames stayed in the host.
 */
#define NET_COUNTERS(X)                                                                               \
  X(rx_packets) X(rx_bytes) X(rx_dropped) X(rx_batches) X(rx_batch_max) X(rx_full)                    \
  X(tx_packets) X(tx_bytes) X(tx_dropped) X(tx_batches) X(tx_batch_max) X(tx_full)

/*
 * A block device. Requests that succeeded, by kind; errors: those that did not; in_flight: those that are on their way, and
 * the most that were at once.
 */
#define BLOCK_COUNTERS(X)                                                                             \
  X(reads) X(read_bytes) X(writes) X(write_bytes) X(flushes) X(discards) X(discard_bytes) X(errors)   \
  X(batches) X(batch_max) X(in_flight) X(in_flight_max)

#define COUNTER(name) uint64_t name;
struct loop_counters { LOOP_COUNTERS(COUNTER) };
struct net_counters { NET_COUNTERS(COUNTER) };
struct block_counters { BLOCK_COUNTERS(COUNTER) };
#undef COUNTER

static inline void count_batch(uint64_t *batches, uint64_t *largest, uint64_t batch) {
  if (batch == 0) return;
  ++*batches;
  if (batch > *largest) *largest = batch;
}

#endif
