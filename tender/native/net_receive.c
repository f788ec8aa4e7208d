/*
 * Frames from the tap go to the buffers that the guest has posted.
 *
 * Several reads are prepared at once, each for one buffer, before it is known how long the frames are. Where one may be
 * longer than its buffer, the rest of it goes to a bounce area of its read. The usual outcome needs nothing more: frame k
 * lies in buffer k. Else frames are moved to the buffers where they belong (`arrange`). While frames of several buffers
 * come, a batch has one read, of all the buffers of a frame, and nothing is moved.
 */
#include "offload.h"
#include "ring_net.h"

#define VLAN_TAG 4

/* Below so many reads, each that finds nothing is dear. */
#define FEW_READS 4

/* A frame in the batch. */
struct frame {
  /* With its virtio_net_hdr. */
  uint32_t total;
  /* Its first buffer in the end, counted from rx_filled. */
  uint32_t start;
  /* The operation that read it. */
  const struct operation *from;
};

static bool check_length(const struct net *n, struct memory *m, struct piece *piece) {
  if (piece->length < FATA_VNET_HDR_SIZE) {
    char text[NET_WHAT_MAX];
    memory_fault(m, "%s has %u bytes; expected at least %u", net_what(n, "receive buffer", text), piece->length,
                 FATA_VNET_HDR_SIZE);
    return false;
  }
  /* One buffer may be as large as the memory; no frame is. */
  if (piece->length > FATA_NET_FRAME_MAX) piece->length = FATA_NET_FRAME_MAX;
  return true;
}

/* The buffer `index` after rx_filled. Returns false with the fault recorded. */
static bool read_buffer(const struct net *n, struct memory *m, uint32_t index, struct piece *piece) {
  uint32_t flags;
  return net_descriptor(n, m, n->rx_ring, n->rx_size, n->rx_filled + index, "receive buffer", piece, &flags) &&
         check_length(n, m, piece);
}

/* Where the tap gives no virtio_net_hdr, one that says nothing stands before the frame. */
static void begin_header(const struct net *n, struct operation *o) {
  if (n->tap.vnet) return;
  struct iovec *first = o->pieces;
  memset(first->iov_base, 0, FATA_VNET_HDR_SIZE);
  first->iov_base = (uint8_t *)first->iov_base + FATA_VNET_HDR_SIZE;
  first->iov_len -= FATA_VNET_HDR_SIZE;
}

/* One read, with as many buffers as the largest frame may need. */
static bool prepare_several(struct net *n, struct memory *m, struct batch *b) {
  struct operation *o = batch_add(b, &n->tap, false);
  uint32_t room = 0;
  n->rx_count = 1;
  for (uint32_t i = 0; i < n->rx_free && i < FATA_NET_BUFFERS_MAX && room < FATA_NET_FRAME_MAX; i++) {
    struct piece piece;
    if (!read_buffer(n, m, i, &piece)) return false;
    batch_piece(b, o, m->base + piece.address, piece.length);
    room += piece.length;
  }
  o->descriptors = o->count;
  o->length = room;
  if (room < FATA_NET_FRAME_MAX) batch_piece(b, o, batch_bounce(b), FATA_NET_FRAME_MAX);
  begin_header(n, o);
  return true;
}

/*
 * A tap's frames fit into a buffer that has room for more than the MTU: then no bounce area is needed, and one piece costs
 * a read, not a readv, which the kernel takes 0.08 us longer for. A frame that fills all of that room is larger than was
 * said: the MTU has changed.
 */
static bool fits(const struct net *n, uint32_t length) {
  uint32_t expected = FATA_VNET_HDR_SIZE + ETHERNET_HEADER + VLAN_TAG + n->tap.mtu;
  return length > expected && !n->tap.socket && !n->rx_large;
}

/*
 * For how many frames of the largest size there is room, at most `most`. Returns false with the fault recorded.
 * A kernel that puts segments together does so by chance: no frame is read that could be lost for its size.
 */
static bool count_room(const struct net *n, struct memory *m, uint32_t most, uint32_t *frames) {
  uint32_t room = 0, buffers = 0;
  *frames = 0;
  for (uint32_t i = 0; i < n->rx_free && *frames < most; i++) {
    struct piece piece;
    if (!read_buffer(n, m, i, &piece)) return false;
    room += piece.length;
    if (room < FATA_NET_FRAME_MAX && ++buffers < FATA_NET_BUFFERS_MAX) continue;
    room = buffers = 0;
    ++*frames;
  }
  return true;
}

bool net_prepare_receive(struct net *n, struct memory *m, struct batch *b) {
  uint32_t wanted = n->rx_wanted[n->rx_woken];
  /* Once, for the guest may be busy: then nobody sleeps, and the loop is not woken for what comes. */
  if (wanted == 0 && n->rx_passed_over) wanted = 1;
  n->rx_passed_over = wanted == 0;
  n->rx_count = 0;
  n->rx_short = false;
  if (!net_outstanding(n, m, FATA_NET_RX_POSTED, n->rx_filled, n->rx_size, "receive ring", &n->rx_free)) return false;
  n->rx_first = b->count;
  if (n->rx_free == 0 || n->tap.gone || n->rx_reads >= NET_BATCH || wanted == 0) return true;
  if (n->rx_several) wanted = 1;
  if (wanted > n->rx_free) wanted = n->rx_free;
  if (wanted > NET_BATCH - n->rx_reads) wanted = NET_BATCH - n->rx_reads;
  if (n->features & OFFLOAD_LARGE) {
    if (!count_room(n, m, wanted, &wanted)) return false;
    n->rx_short = wanted == 0;
  }
  if (n->rx_several && wanted > 0) return prepare_several(n, m, b);
  for (; n->rx_count < wanted; n->rx_count++) {
    struct piece piece;
    if (!read_buffer(n, m, n->rx_count, &piece)) return false;
    struct operation *o = batch_add(b, &n->tap, false);
    o->descriptors = 1;
    o->length = piece.length;
    batch_piece(b, o, m->base + piece.address, piece.length);
    if (!fits(n, piece.length)) batch_piece(b, o, batch_bounce(b), FATA_NET_FRAME_MAX);
    begin_header(n, o);
  }
  return true;
}

/* The bytes of the frame that a read has given, with header; 0 where there was none, or none to keep. */
static uint32_t frame_length(struct net *n, const struct operation *o) {
  ssize_t total = o->result;
  if (total == TAP_AGAIN) return 0;
  if (total >= 0) {
    if (!n->tap.vnet) total += FATA_VNET_HDR_SIZE;
    bool cut_off = total >= o->length && o->count == o->descriptors && o->length < FATA_NET_FRAME_MAX;
    if (cut_off) n->rx_large = true;
    if (!cut_off && total >= FATA_VNET_HDR_SIZE + ETHERNET_HEADER && total <= FATA_NET_FRAME_MAX)
      return (uint32_t)total;
  }
  n->counters.rx_dropped++;
  return 0;
}

/* Writes `done` of the next buffer, which holds `length` bytes of a frame; `next`: it goes on. */
static void publish(struct net *n, const struct memory *m, uint32_t length, bool next) {
  uint32_t at = n->rx_ring + (n->rx_filled & (n->rx_size - 1)) * FATA_DESC_SIZE;
  memory_store(m, at + FATA_DESC_DONE, next ? length | FATA_DESC_NEXT : length);
  n->rx_filled++;
}

/* Where the bytes of a read's first buffer are, from the header on. */
static uint8_t *head_of(const struct net *n, const struct operation *o) {
  return (uint8_t *)o->pieces[0].iov_base - (n->tap.vnet ? 0 : FATA_VNET_HDR_SIZE);
}

/* ---- Frames that do not lie where they belong --------------------------------------------------------------------- */

/* The buffers of a batch, as far as its frames need them. */
static struct piece places[NET_BATCH * FATA_NET_BUFFERS_MAX];

/* Writes bytes to a frame's buffers, `offset` bytes after the beginning of the first. */
static void scatter(const struct memory *m, const struct piece *to, uint32_t offset, const uint8_t *bytes,
                    uint32_t length) {
  for (; length > 0; to++) {
    if (offset >= to->length) {
      offset -= to->length;
      continue;
    }
    uint32_t part = to->length - offset < length ? to->length - offset : length;
    memmove(m->base + to->address + offset, bytes, part);
    bytes += part;
    length -= part;
    offset = 0;
  }
}

/*
 * Moves frames to consecutive buffers, in their order. First those after a read without a frame, or with one for which
 * there are no buffers, go down, so that the head of frame k lies in buffer k. Then, from the last on, each goes up to
 * where it belongs, which is never before buffer k: nothing that is still to be moved is overwritten. Frames for which
 * there are no buffers are lost.
 * Returns how many frames are kept, or -1 with the fault recorded.
 */
static int arrange(struct net *n, struct memory *m, struct frame *frames, uint32_t count) {
  uint32_t known = 0, next = 0, kept = 0;
  for (uint32_t k = 0; k < count; k++) {
    struct frame frame = frames[k];
    uint32_t head = frame.total < frame.from->length ? frame.total : frame.from->length, room = 0, end = next;
    for (; room < frame.total && end < n->rx_free && end - next < FATA_NET_BUFFERS_MAX; end++) {
      if (end == known && !read_buffer(n, m, known++, &places[end])) return -1;
      room += places[end].length;
    }
    if (room < frame.total || places[kept].length < head) {
      n->counters.rx_dropped++;
      continue;
    }
    uint8_t *to = m->base + places[kept].address;
    if (to != head_of(n, frame.from)) memmove(to, head_of(n, frame.from), head);
    frame.start = next;
    frames[kept++] = frame;
    next = end;
  }
  for (uint32_t k = kept; k-- > 0;) {
    const struct frame *frame = &frames[k];
    const struct piece *to = &places[frame->start];
    uint32_t head = frame->total < frame->from->length ? frame->total : frame->from->length;
    if (frame->start != k) scatter(m, to, 0, m->base + places[k].address, head);
    if (head < frame->total) scatter(m, to, head, frame->from->pieces[1].iov_base, frame->total - head);
  }
  for (uint32_t k = 0; k < kept; k++) {
    uint32_t left = frames[k].total;
    for (const struct piece *to = &places[frames[k].start]; left > 0; to++) {
      uint32_t part = left < to->length ? left : to->length;
      left -= part;
      publish(n, m, part, left > 0);
    }
    n->rx_several = frames[k].total > places[frames[k].start].length;
  }
  return (int)kept;
}

/* The one frame that was read into several buffers. Returns how many frames are kept. */
static int take_several(struct net *n, const struct memory *m, const struct operation *o, uint32_t total) {
  if (total > o->length) {
    n->counters.rx_dropped++;
    return 0;
  }
  uint32_t left = total;
  for (uint32_t i = 0; left > 0; i++) {
    uint32_t room = (uint32_t)o->pieces[i].iov_len + (i == 0 && !n->tap.vnet ? FATA_VNET_HDR_SIZE : 0);
    uint32_t part = left < room ? left : room;
    left -= part;
    publish(n, m, part, left > 0);
    n->rx_several = i > 0;
  }
  return 1;
}

/* How many reads are worth their cost where `tried` of them have found so many frames. */
static uint32_t worth(uint32_t tried, uint32_t frames, bool all) {
  if (all && tried >= FEW_READS) return tried < NET_BATCH / 2 ? tried * 2 : NET_BATCH;
  if (all) return tried + 1;
  /* One more than came, to notice more; but not for each of single frames. */
  return frames < FEW_READS ? frames : frames + 1;
}

/* How many reads there are next time, and whether that is at once. `none`: reads that found nothing. */
static void look_ahead(struct net *n, uint32_t frames, uint32_t none, uint32_t used, bool several) {
  bool all = n->rx_count > 0 && none == 0, starved = n->rx_short || used == n->rx_free;
  uint32_t *wanted = &n->rx_wanted[n->rx_woken];
  if (n->rx_count > 0 && !several) *wanted = worth(n->rx_count, frames, all);
  if (n->rx_wanted[1] == 0) n->rx_wanted[1] = 1;
  if (n->rx_woken && frames > 1 && n->rx_wanted[0] == 0) n->rx_wanted[0] = 1;
  n->rx_woken = false;
  n->rx_reads += n->rx_count - none;
  /* Reading on saves a step of the guest's where the next read is a system call of its own anyway. */
  bool on = n->rx_several || (n->tap.file < 0 && n->rx_count >= FEW_READS);
  n->rx_more = all && !starved && n->rx_reads < NET_BATCH && on;
  n->rx_ahead = !starved && tap_ahead(&n->tap);
  if (starved && !n->rx_starved) n->counters.rx_full++;
  n->rx_starved = starved;
}

int net_complete_receive(struct net *n, struct memory *m, const struct batch *b) {
  const struct operation *o = b->operations + n->rx_first;
  struct frame frames[NET_BATCH];
  uint32_t count = 0, none = 0, before = n->rx_filled;
  bool several = n->rx_several, usual = true;
  for (uint32_t i = 0; i < n->rx_count; i++, o++) {
    uint32_t total = frame_length(n, o);
    none += o->result == TAP_AGAIN;
    if (total == 0) continue;
    usual = usual && count == i && total <= o->length;
    frames[count++] = (struct frame){total, 0, o};
  }
  int kept = (int)count;
  if (several && count > 0) {
    kept = take_several(n, m, frames[0].from, frames[0].total);
  } else if (usual) {
    for (uint32_t i = 0; i < count; i++) publish(n, m, frames[i].total, false);
  } else {
    kept = arrange(n, m, frames, count);
    if (kept < 0) return -1;
  }
  for (int i = 0; i < kept; i++) n->counters.rx_bytes += frames[i].total - FATA_VNET_HDR_SIZE;
  n->counters.rx_packets += (unsigned)kept;
  n->rx_frames += (uint32_t)kept;
  if (kept > 0) memory_store(m, n->header + FATA_NET_RX_FILLED, n->rx_filled);
  look_ahead(n, count, none, n->rx_filled - before, several);
  return kept;
}
