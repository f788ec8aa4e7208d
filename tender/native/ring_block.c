#include "ring_block.h"


/* Room for what a device calls its rings and buffers, in faults. */
#define WHAT_MAX 160

static const char *what(const struct block *b, const char *part, char *text) {
  text_format(text, WHAT_MAX, "block device \"%s\": %s", b->name, part);
  return text;
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

/* A request in the tender's own memory. */
struct request {
  uint32_t operation, token;
  uint64_t offset;
  uint32_t segments, count;
  /* The bytes it is about: the sum of its segments, or of a discard. */
  uint64_t length;
  struct iovec pieces[FATA_SEGMENTS_MAX];
};

/* Reads the next request, once. */
static void read_request(const struct block *b, const struct memory *m, struct request *r) {
  const uint8_t *at = m->base + b->requests + (b->taken & (b->size - 1)) * FATA_BLOCK_REQUEST_SIZE;
  uint8_t copy[FATA_BLOCK_REQUEST_SIZE];
  memcpy(copy, at, sizeof copy);
  memcpy(&r->operation, copy + FATA_BLOCK_REQUEST_OP, sizeof r->operation);
  memcpy(&r->token, copy + FATA_BLOCK_REQUEST_TOKEN, sizeof r->token);
  memcpy(&r->offset, copy + FATA_BLOCK_REQUEST_OFFSET, sizeof r->offset);
  memcpy(&r->segments, copy + FATA_BLOCK_REQUEST_SEGMENTS, sizeof r->segments);
  memcpy(&r->count, copy + FATA_BLOCK_REQUEST_COUNT, sizeof r->count);
  memcpy(&r->length, copy + FATA_BLOCK_REQUEST_LENGTH, sizeof r->length);
}

/* Reads and checks the segments of a read or write. Returns FATA_OK or E_INVALID, or sets a fault. */
static int32_t read_segments(const struct block *b, struct memory *m, struct request *r) {
  char text[WHAT_MAX];
  int32_t result = FATA_OK;
  if (r->count > FATA_SEGMENTS_MAX) {
    memory_fault(m, "%s has %u segments; expected at most %u", what(b, "request", text), r->count, FATA_SEGMENTS_MAX);
    return FATA_E_INVALID;
  }
  uint32_t table[FATA_SEGMENTS_MAX][FATA_SEGMENT_SIZE / sizeof(uint32_t)];
  const void *at = memory_at(m, r->segments, (uint64_t)r->count * FATA_SEGMENT_SIZE);
  if (!at) {
    memory_fault_range(m, what(b, "segments", text), r->segments, (uint64_t)r->count * FATA_SEGMENT_SIZE);
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

/* Carries out one request. Returns its status, or sets a fault: then nothing was transferred. */
static int32_t carry_out(struct block *b, struct memory *m, struct request *r) {
  bool write = r->operation == FATA_BLOCK_OP_WRITE;
  if (r->operation == FATA_BLOCK_OP_FLUSH) return disk_flush(&b->disk);
  if (r->operation == FATA_BLOCK_OP_READ || write) {
    int32_t result = read_segments(b, m, r);
    if (result != FATA_OK) return result;
  } else if (r->operation != FATA_BLOCK_OP_DISCARD) {
    return FATA_E_INVALID;
  }
  if (r->offset % b->disk.block_size != 0 || r->length % b->disk.block_size != 0) return FATA_E_INVALID;
  if (r->operation != FATA_BLOCK_OP_READ && b->disk.read_only) return FATA_E_READ_ONLY;
  /* The host would grow the file. */
  if (r->length > b->disk.capacity || r->offset > b->disk.capacity - r->length) return FATA_E_RANGE;
  if (r->operation == FATA_BLOCK_OP_DISCARD) return disk_discard(&b->disk, r->offset, r->length);
  return disk_transfer(&b->disk, write, r->offset, r->pieces, (int)r->count);
}

static void count_request(struct block_counters *c, const struct request *r, int32_t status) {
  if (status != FATA_OK) {
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

/* How many entries lie between an index of the guest's and `taken`; false with the fault recorded. */
static bool between(const struct block *b, struct memory *m, const char *part, uint32_t ahead, uint32_t behind,
                    uint32_t *count) {
  *count = ahead - behind;
  if (__builtin_expect(*count <= b->size, true)) return true;
  char text[WHAT_MAX];
  return memory_check_index(m, what(b, part, text), ahead, behind, b->size, count);
}

int block_submit(struct block *b, struct memory *m) {
  uint32_t submitted = memory_load(m, b->header + FATA_BLOCK_SUBMITTED);
  uint32_t reaped = memory_load(m, b->header + FATA_BLOCK_REAPED);
  uint32_t pending, unreaped;
  int done = 0;
  if (!between(b, m, "request ring", submitted, b->taken, &pending)) return -1;
  if (!between(b, m, "completion ring", b->taken, reaped, &unreaped)) return -1;
  if (pending == 0 || unreaped == b->size) return 0;
  while (pending > 0 && unreaped < b->size && done < BLOCK_BATCH) {
    struct request r;
    read_request(b, m, &r);
    int32_t status = carry_out(b, m, &r);
    if (m->faulted) return -1;
    count_request(&b->counters, &r, status);
    uint32_t at = b->completions + (b->taken & (b->size - 1)) * FATA_COMPLETION_SIZE;
    memory_store(m, at + FATA_COMPLETION_TOKEN, r.token);
    memory_store(m, at + FATA_COMPLETION_STATUS, (uint32_t)status);
    b->taken++;
    pending--;
    unreaped++;
    done++;
  }
  count_batch(&b->counters.batches, &b->counters.batch_max, (unsigned)done);
  memory_store(m, b->header + FATA_BLOCK_TAKEN, b->taken);
  memory_store(m, b->header + FATA_BLOCK_COMPLETED, b->taken);
  return done;
}

bool block_finish(struct block *b, struct memory *m) {
  uint32_t pending;
  if (!between(b, m, "request ring", memory_load(m, b->header + FATA_BLOCK_SUBMITTED), b->taken, &pending))
    return false;
  count_batch(&b->counters.batches, &b->counters.batch_max, pending);
  for (; pending > 0; pending--, b->taken++) {
    struct request r;
    read_request(b, m, &r);
    int32_t status = carry_out(b, m, &r);
    if (m->faulted) return false;
    count_request(&b->counters, &r, status);
  }
  return true;
}
