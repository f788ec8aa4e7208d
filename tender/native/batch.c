#include "batch.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

int batch_open(struct batch *b, struct failure *failure) {
  if (b->bounces) return 0;
  b->bounces = mmap(NULL, (size_t)BATCH_BOUNCES * FATA_NET_FRAME_MAX, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (b->bounces != MAP_FAILED) return 0;
  b->bounces = NULL;
  return FAIL(failure, "no memory for frames: %s", strerror(errno));
}

/* What a tap that has said "not now" need not be asked again in this batch. */
struct asked {
  const struct tap *empty, *full;
};

static ssize_t carry_out(const struct operation *o, struct asked *asked) {
  struct tap *tap = o->tap;
  const struct tap **said = o->write ? &asked->full : &asked->empty;
  if (tap->gone) return TAP_DROPPED;
  if (*said == tap) return TAP_AGAIN;
  /* What was written before goes out before a read may show that the connection is over. */
  if (!o->write) tap_flush(tap);
  ssize_t result = o->write ? tap_write(tap, o->pieces, (int)o->count) : tap_read(tap, o->pieces, (int)o->count);
  if (result == TAP_AGAIN) *said = tap;
  return result;
}

void batch_run(struct batch *b) {
  struct asked asked = {NULL, NULL};
  for (unsigned i = 0; i < b->count; i++) {
    struct operation *o = &b->operations[i];
    if (!o->settled) o->result = carry_out(o, &asked);
  }
}
