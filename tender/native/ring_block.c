#include "ring_block.h"

#include <errno.h>
#include <sys/mman.h>

/* Most bytes that one pass copies out of the host's memory: it takes no longer than to send a batch of frames. */
#define CACHED_MAX (1u << 20)

/*
 * So many requests on the ring are given to the disk before the next are read. One that takes all that it finds, and tells of
 * it when it is through with all, would else rest while the guest works, and the guest while it does.
 */
#define SUBMITTED_AT_ONCE 4

/* Room for what a device calls its rings and buffers, in faults. */
#define WHAT_MAX 160

static const char *what(const struct block *b, const char *part, char *text) {
  text_format(text, WHAT_MAX, "block device \"%s\": %s", b->name, part);
  return text;
}

static void give_back(struct block *b, struct disk_request *r) {
  r->next = b->free;
  b->free = r;
}

int block_open(struct block *b, const char *name, const char *path, unsigned how, struct failure *failure) {
  *b = (struct block){0};
  text_format(b->name, sizeof b->name, "%s", name);
  b->workers.disk = &b->disk;
  b->workers.requests = mmap(NULL, DISK_REQUESTS * sizeof *b->workers.requests, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (b->workers.requests == MAP_FAILED) return FAIL(failure, "there is no memory for its requests: %s", strerror(errno));
  for (unsigned i = 0; i < DISK_REQUESTS; i++) give_back(b, &b->workers.requests[i]);
  return disk_open(&b->disk, path, how, failure);
}

bool block_attach(struct block *b, struct memory *m, uint32_t header) {
  char text[WHAT_MAX];
  if (!memory_at(m, header, FATA_BLOCK_HEADER_SIZE)) {
    memory_fault_range(m, what(b, "queue header", text), header, FATA_BLOCK_HEADER_SIZE);
    return false;
  }
  if (header % FATA_RING_ALIGN != 0) {
    memory_fault(m, "%s at 0x%x is not aligned to %u bytes", what(b, "queue header", text), header, FATA_RING_ALIGN);
    return false;
  }
  b->header = header;
  b->requests = memory_load(m, header + FATA_BLOCK_REQUESTS);
  b->completions = memory_load(m, header + FATA_BLOCK_COMPLETIONS);
  b->size = memory_load(m, header + FATA_BLOCK_SIZE);
  if (!memory_check_ring(m, what(b, "request ring", text), b->requests, b->size, FATA_BLOCK_REQUEST_SIZE)) return false;
  if (!memory_check_ring(m, what(b, "completion ring", text), b->completions, b->size, FATA_COMPLETION_SIZE))
    return false;
  uint32_t flags = (b->disk.read_only ? FATA_BLOCK_F_READ_ONLY : 0) | (b->disk.discard ? FATA_BLOCK_F_DISCARD : 0);
  memory_store(m, header + FATA_BLOCK_FLAGS, flags);
  memory_store(m, header + FATA_BLOCK_TAKEN, 0);
  memory_store(m, header + FATA_BLOCK_COMPLETED, 0);
  memcpy(m->base + header + FATA_BLOCK_CAPACITY, &b->disk.capacity, sizeof b->disk.capacity);
  memory_store(m, header + FATA_BLOCK_BLOCK_SIZE, b->disk.block_size);
  b->attached = true;
  return true;
}

/* Reads the next request, once. */
static void read_request(const struct block *b, const struct memory *m, struct disk_request *r,
                         uint32_t *segments) {
  const uint8_t *at = m->base + b->requests + (b->taken & (b->size - 1)) * FATA_BLOCK_REQUEST_SIZE;
  uint8_t copy[FATA_BLOCK_REQUEST_SIZE];
  memcpy(copy, at, sizeof copy);
  memcpy(&r->operation, copy + FATA_BLOCK_REQUEST_OP, sizeof r->operation);
  memcpy(&r->token, copy + FATA_BLOCK_REQUEST_TOKEN, sizeof r->token);
  memcpy(&r->offset, copy + FATA_BLOCK_REQUEST_OFFSET, sizeof r->offset);
  memcpy(segments, copy + FATA_BLOCK_REQUEST_SEGMENTS, sizeof *segments);
  memcpy(&r->count, copy + FATA_BLOCK_REQUEST_COUNT, sizeof r->count);
  memcpy(&r->length, copy + FATA_BLOCK_REQUEST_LENGTH, sizeof r->length);
  r->first = 0;
}

/* Reads and checks the segments of a read or write. Returns FATA_OK or E_INVALID, or sets a fault. */
static int32_t read_segments(const struct block *b, struct memory *m, struct disk_request *r, uint32_t segments) {
  char text[WHAT_MAX];
  int32_t result = FATA_OK;
  if (r->count > FATA_SEGMENTS_MAX) {
    memory_fault(m, "%s has %u segments; expected at most %u", what(b, "request", text), r->count, FATA_SEGMENTS_MAX);
    return FATA_E_INVALID;
  }
  uint32_t table[FATA_SEGMENTS_MAX][FATA_SEGMENT_SIZE / sizeof(uint32_t)];
  const void *at = memory_at(m, segments, (uint64_t)r->count * FATA_SEGMENT_SIZE);
  if (!at) {
    memory_fault_range(m, what(b, "segments", text), segments, (uint64_t)r->count * FATA_SEGMENT_SIZE);
    return FATA_E_INVALID;
  }
  memcpy(table, at, (size_t)r->count * FATA_SEGMENT_SIZE);
  r->length = 0;
  for (uint32_t i = 0; i < r->count; i++) {
    uint32_t address = table[i][FATA_SEGMENT_ADDRESS / sizeof(uint32_t)];
    uint32_t length = table[i][FATA_SEGMENT_LENGTH / sizeof(uint32_t)];
    void *buffer = memory_at(m, address, length);
    if (!buffer) {
      memory_fault_range(m, what(b, "segment", text), address, length);
      return FATA_E_INVALID;
    }
    if (length % b->disk.block_size != 0) result = FATA_E_INVALID;
    r->pieces[i] = (struct iovec){buffer, length};
    r->length += length;
  }
  return result;
}

/*
 * Checks a request. Returns FATA_OK where it is to be carried out, the status that it has otherwise, or sets a fault.
 */
static int32_t check_request(struct block *b, struct memory *m, struct disk_request *r, uint32_t segments) {
  if (r->operation == FATA_BLOCK_OP_FLUSH) return b->failed ? FATA_E_IO : FATA_OK;
  if (r->operation == FATA_BLOCK_OP_READ || r->operation == FATA_BLOCK_OP_WRITE) {
    int32_t result = read_segments(b, m, r, segments);
    if (result != FATA_OK) return result;
  } else if (r->operation != FATA_BLOCK_OP_DISCARD) {
    return FATA_E_INVALID;
  }
  if (r->offset % b->disk.block_size != 0 || r->length % b->disk.block_size != 0) return FATA_E_INVALID;
  if (r->operation != FATA_BLOCK_OP_READ && b->disk.read_only) return FATA_E_READ_ONLY;
  /* The host would grow the file. */
  if (r->length > b->disk.capacity || r->offset > b->disk.capacity - r->length) return FATA_E_RANGE;
  return r->operation == FATA_BLOCK_OP_DISCARD && !b->disk.discard ? FATA_E_UNSUPPORTED : FATA_OK;
}

static void count_request(struct block_counters *c, const struct disk_request *r) {
  if (r->status != FATA_OK) {
    c->errors++;
    return;
  }
  switch (r->operation) {
    case FATA_BLOCK_OP_READ: c->reads++, c->read_bytes += r->length; break;
    case FATA_BLOCK_OP_WRITE: c->writes++, c->write_bytes += r->length; break;
    case FATA_BLOCK_OP_FLUSH: c->flushes++; break;
    case FATA_BLOCK_OP_DISCARD: c->discards++, c->discard_bytes += r->length; break;
  }
}

/* ---- Ends -------------------------------------------------------------------------------------------------------- */

/* A request is through. */
static void complete(struct block *b, struct memory *m, struct disk_request *r) {
  count_request(&b->counters, r);
  b->in_flight--;
  if (!b->ending) {
    uint32_t at = b->completions + (b->completed & (b->size - 1)) * FATA_COMPLETION_SIZE;
    memory_store(m, at + FATA_COMPLETION_TOKEN, r->token);
    memory_store(m, at + FATA_COMPLETION_STATUS, (uint32_t)r->status);
  }
  b->completed++;
  give_back(b, r);
}

static void complete_all(struct block *b, struct memory *m, struct disk_request *list, int32_t status) {
  while (list) {
    struct disk_request *r = list;
    list = r->next;
    r->status = status;
    complete(b, m, r);
  }
}

/*
 * One flush at a time, and those that come meanwhile together in the next one: each was submitted before that one began.
 * Two at once would not do: the kernel tells one of them alone of a write that was lost.
 */
static void flush(struct block *b) {
  struct disk_request *first = b->flush_next;
  b->flush_next = NULL;
  b->flushing = first != NULL;
  if (!first) return;
  b->flush_too = first->next;
  workers_give(&b->workers, first);
}

static void complete_flush(struct block *b, struct memory *m, struct disk_request *r) {
  struct disk_request *too = b->flush_too, *next = b->flush_next;
  int32_t status = r->status;
  b->failed = status != FATA_OK;
  complete(b, m, r);
  complete_all(b, m, too, status);
  if (b->failed) {
    b->flush_next = NULL;
    complete_all(b, m, next, FATA_E_IO);
  }
  flush(b);
}

/* Completes what came back from the ring. */
static void reap_ring(struct block *b, struct memory *m) {
  struct disk_request *list = b->ended;
  b->ended = NULL;
  while (list) {
    struct disk_request *r = list;
    list = r->next;
    complete(b, m, r);
  }
}

/* Completes what is through. */
static void reap(struct block *b, struct memory *m) {
  struct disk_request *list = workers_take(&b->workers);
  reap_ring(b, m);
  while (list) {
    struct disk_request *r = list;
    list = r->next;
    if (r->operation == FATA_BLOCK_OP_FLUSH) complete_flush(b, m, r);
    else complete(b, m, r);
  }
}

/* ---- Beginnings -------------------------------------------------------------------------------------------------- */

/* Reads what lies in the host's memory, within the budget. Returns whether that was all. */
static bool read_cached(struct block *b, struct disk_request *r, uint64_t *budget) {
  uint64_t from = r->offset;
  if (r->operation != FATA_BLOCK_OP_READ || !b->disk.cached || r->length > *budget) return false;
  bool through = disk_read_cached(&b->disk, r);
  *budget -= r->offset - from;
  return through;
}

/* What lies in the host's memory is copied when it is submitted: a request that is more than the budget goes to a thread. */
static bool suits_ring(const struct block *b, const struct disk_request *r) {
  return b->disk.direct_fd >= 0 || r->length <= CACHED_MAX;
}

/* Has a request that was checked carried out, at once where that costs no waiting. `few`: it is one of few. */
static void start(struct block *b, struct memory *m, struct disk_request *r, bool few, uint64_t *budget) {
  bool by_call = b->disk.file < 0 || few;
  if (r->operation == FATA_BLOCK_OP_FLUSH && !b->disk.read_only) {
    r->next = b->flush_next;
    b->flush_next = r;
    if (!b->flushing) flush(b);
  } else if (r->operation == FATA_BLOCK_OP_FLUSH || r->length == 0) {
    complete(b, m, r);
  } else if (by_call && read_cached(b, r, budget)) {
    complete(b, m, r);
  } else if (suits_ring(b, r) && block_uring_start(b, r)) {
    if (b->disk.direct_fd < 0) *budget -= r->length < *budget ? r->length : *budget;
  } else {
    workers_give(&b->workers, r);
  }
}

/* Takes at most `count` requests. Returns false on a fault. */
static bool take(struct block *b, struct memory *m, uint32_t count) {
  uint64_t budget = CACHED_MAX;
  uint32_t before = b->taken;
  bool few = count <= URING_FEW;
  for (; count > 0 && b->free; count--) {
    struct disk_request *r = b->free;
    uint32_t segments;
    read_request(b, m, r, &segments);
    r->status = check_request(b, m, r, segments);
    if (m->faulted) return false;
    if (b->disk.file >= 0 && r->operation == FATA_BLOCK_OP_READ && r->length > budget && r->length <= CACHED_MAX) {
      b->more = true;
      break;
    }
    b->free = r->next;
    b->taken++;
    b->in_flight++;
    if (r->status == FATA_OK) start(b, m, r, few, &budget);
    else complete(b, m, r);
    if (b->ring && b->ring->pending >= SUBMITTED_AT_ONCE) uring_enter(b->ring);
  }
  count_batch(&b->counters.batches, &b->counters.batch_max, b->taken - before);
  if (b->in_flight > b->counters.in_flight_max) b->counters.in_flight_max = b->in_flight;
  return true;
}

/* How many entries lie between an index of the guest's and `taken`; false with the fault recorded. */
static bool between(const struct block *b, struct memory *m, const char *part, uint32_t ahead, uint32_t behind,
                    uint32_t *count) {
  *count = ahead - behind;
  if (__builtin_expect(*count <= b->size, true)) return true;
  char text[WHAT_MAX];
  return memory_check_index(m, what(b, part, text), ahead, behind, b->size, count);
}

int block_pass(struct block *b, struct memory *m) {
  uint32_t submitted = memory_load(m, b->header + FATA_BLOCK_SUBMITTED);
  uint32_t reaped = memory_load(m, b->header + FATA_BLOCK_REAPED);
  uint32_t pending, unreaped, before = b->completed, taken = b->taken;
  if (!between(b, m, "request ring", submitted, b->taken, &pending)) return -1;
  if (!between(b, m, "completion ring", b->completed, reaped, &unreaped)) return -1;
  /* With what is on its way: so the completion ring always has room. */
  if (!between(b, m, "completion ring", b->taken, reaped, &unreaped)) return -1;
  b->more = false;
  reap(b, m);
  uint32_t room = b->size - unreaped;
  if (pending > 0 && room > 0 && !take(b, m, pending < room ? pending : room)) return -1;
  if (b->taken != taken) memory_store(m, b->header + FATA_BLOCK_TAKEN, b->taken);
  if (b->completed != before) memory_store(m, b->header + FATA_BLOCK_COMPLETED, b->completed);
  b->counters.in_flight = b->in_flight;
  return (int)(b->completed - before);
}

int block_finish(struct block *b, struct memory *m) {
  uint32_t pending;
  if (!b->ending) b->last = memory_load(m, b->header + FATA_BLOCK_SUBMITTED);
  b->ending = true;
  if (!between(b, m, "request ring", b->last, b->taken, &pending)) return -1;
  reap(b, m);
  if (!take(b, m, pending)) return -1;
  b->counters.in_flight = b->in_flight;
  return (int)(b->last - b->taken + b->in_flight);
}
