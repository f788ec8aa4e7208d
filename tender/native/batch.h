/*
 * What one pass of the loop reads from and writes to network devices: prepared for all of them, carried out together, and
 * then looked at in the order of preparation. With io_uring (uring.h) one system call carries out all of it.
 */
#ifndef FATA_BATCH_H
#define FATA_BATCH_H

#include "abi.h"
#include "tap.h"
#include "uring.h"

/* Most frames that a device reads, and writes, in a batch. */
#define NET_BATCH 64u

/* Two devices of which each has all that it may, or many more that have less. */
#define BATCH_MAX (4 * NET_BATCH)
#define BATCH_PIECES_MAX (BATCH_MAX / 2 * (FATA_NET_PIECES_MAX + 3) + FATA_NET_BUFFERS_MAX)
#define BATCH_BOUNCES (2 * NET_BATCH)

struct operation {
  struct tap *tap;
  struct iovec *pieces;
  uint32_t count;
  /* Entries of the guest's transmit ring that it is about. */
  uint32_t descriptors;
  /* Bytes to write, with what the descriptor of the tap does not take. */
  uint32_t length;
  bool write;
  /* Nothing to carry out: the result is there. */
  bool settled;
  /* A transmitted frame's: what was checked, whatever a disk's threads write to where it came from. */
  uint8_t header[FATA_VNET_HDR_SIZE];
  /* The bytes that were read or written, or TAP_*. */
  ssize_t result;
};

struct batch {
  struct operation operations[BATCH_MAX];
  unsigned count;
  struct iovec pieces[BATCH_PIECES_MAX];
  unsigned piece_count;
  /* Areas of FATA_NET_FRAME_MAX bytes for what does not fit into a guest's buffer. */
  uint8_t *bounces;
  unsigned bounce_count;
};

/* Reserves the areas; pages of them that are never reached cost nothing. Returns 0, or -1 with the failure told. */
int batch_open(struct batch *b, struct failure *failure);

/* Takes completions of the batch's operations, as uring_done. `batch` is a struct batch. */
void batch_done(void *batch, uint64_t number, int32_t result);

static inline void batch_clear(struct batch *b) { b->count = b->piece_count = b->bounce_count = 0; }

/* There might not be room for all that another device may have: carry out and clear first. */
static inline bool batch_crowded(const struct batch *b) {
  return b->count > BATCH_MAX / 2 || b->piece_count > BATCH_PIECES_MAX / 2 || b->bounce_count > BATCH_BOUNCES / 2;
}

/* The next operation. Its pieces are what the caller adds to the batch until the next call. */
static inline struct operation *batch_add(struct batch *b, struct tap *tap, bool write) {
  struct operation *o = &b->operations[b->count++];
  o->tap = tap;
  o->pieces = b->pieces + b->piece_count;
  o->count = 0;
  o->write = write;
  o->settled = false;
  return o;
}

static inline void batch_piece(struct batch *b, struct operation *o, void *at, size_t length) {
  b->pieces[b->piece_count++] = (struct iovec){at, length};
  o->count++;
}

static inline uint8_t *batch_bounce(struct batch *b) {
  return b->bounces + (size_t)b->bounce_count++ * FATA_NET_FRAME_MAX;
}

/*
 * Carries out all operations, in order for each device: those on taps that are among the ring's files on the ring, with what
 * else is prepared there, and the others by a system call each. `u` is NULL where there is no ring.
 * After a read has found nothing, or a write no room, those after it on the same device mostly do so too, but need not.
 */
void batch_run(struct batch *b, struct uring *u);

#endif
