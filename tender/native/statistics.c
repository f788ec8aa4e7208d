#include "statistics.h"

#include "clock.h"
#include "console.h"
#include "tender.h"

/* The guest whose statistics are printed at the end, once. */
static const struct fata_guest *volatile ending;
static bool json;

/* Text on its way to standard error; nothing is written twice, however long it gets. */
struct line {
  size_t length;
  char bytes[512];
};

static void add(struct line *l, const char *text) {
  for (; *text; text++) {
    if (l->length == sizeof l->bytes) {
      console_error(l->bytes, l->length);
      l->length = 0;
    }
    l->bytes[l->length++] = *text;
  }
}

static void add_number(struct line *l, uint64_t number) {
  char digits[21], *at = digits + sizeof digits - 1;
  *at = 0;
  do *--at = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  add(l, at);
}

#define NAME(name) #name,
static const char *const loop_names[] = {LOOP_COUNTERS(NAME) NULL};
static const char *const net_names[] = {NET_COUNTERS(NAME) NULL};
static const char *const block_names[] = {BLOCK_COUNTERS(NAME) NULL};

static void add_counter(struct line *l, const char *name, uint64_t value, bool first) {
  add(l, json ? (first ? "\"" : ",\"") : " ");
  add(l, name);
  add(l, json ? "\":" : "=");
  add_number(l, value);
}

/* The counters of a device, which in memory are numbers in the order of their names. */
static void add_device(struct line *l, const char *kind, const char *device, bool first, const char *const *names,
                       const void *counters) {
  const uint64_t *values = counters;
  add(l, json ? (first ? "\"" : ",\"") : "\ntender: stats: ");
  if (!json) add(l, kind), add(l, " ");
  add(l, device);
  add(l, json ? "\":{" : ":");
  for (unsigned i = 0; names[i]; i++) add_counter(l, names[i], values[i], i == 0);
  if (json) add(l, "}");
}

void statistics_print(const struct fata_guest *g) {
  struct line l;
  l.length = 0;
  add(&l, json ? "{" : "tender: stats:");
  add_counter(&l, "uptime_ns", clock_now(g->origin), true);
  const uint64_t *values = (const uint64_t *)&g->counters;
  for (unsigned i = 0; loop_names[i]; i++) add_counter(&l, loop_names[i], values[i], false);
  if (json) add(&l, ",\"network\":{");
  for (unsigned i = 0; i < g->net_count; i++)
    add_device(&l, "network", g->nets[i].name, i == 0, net_names, &g->nets[i].counters);
  if (json) add(&l, "},\"block\":{");
  for (unsigned i = 0; i < g->block_count; i++)
    add_device(&l, "block", g->blocks[i].name, i == 0, block_names, &g->blocks[i].counters);
  add(&l, json ? "}}\n" : "\n");
  console_error(l.bytes, l.length);
}

void statistics_choose(const struct fata_guest *guest, bool as_json) {
  ending = guest;
  json = as_json;
}

void statistics_end(void) {
  const struct fata_guest *guest = ending;
  ending = NULL;
  if (guest) statistics_print(guest);
}
