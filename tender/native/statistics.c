#include "statistics.h"

#include "clock.h"
#include "console.h"
#include "tender.h"

/* The guest whose statistics are printed at the end, once. */
static const struct fata_guest *volatile ending;
static bool json;

#define NAME(name) #name,
static const char *const loop_names[] = {LOOP_COUNTERS(NAME) NULL};
static const char *const net_names[] = {NET_COUNTERS(NAME) NULL};
static const char *const block_names[] = {BLOCK_COUNTERS(NAME) NULL};

static void add_counter(struct text *t, const char *name, uint64_t value, bool first) {
  if (json) text_add(t, "%s\"%s\":%llu", first ? "" : ",", name, (unsigned long long)value);
  else text_add(t, " %s=%llu", name, (unsigned long long)value);
}

/* The counters of a device, which in memory are numbers in the order of their names. */
static void add_device(struct text *t, const char *kind, const char *device, bool first, const char *const *names,
                       const void *counters) {
  const uint64_t *values = counters;
  if (json) text_add(t, "%s\"%s\":{", first ? "" : ",", device);
  else text_add(t, "\ntender: stats: %s %s:", kind, device);
  for (unsigned i = 0; names[i]; i++) add_counter(t, names[i], values[i], i == 0);
  if (json) text_add(t, "}");
}

void statistics_print(const struct fata_guest *g) {
  char bytes[512];
  struct text t = {bytes, sizeof bytes, 0, console_error};
  text_add(&t, "%s", json ? "{" : "tender: stats:");
  add_counter(&t, "uptime_ns", clock_now(g->origin), true);
  const uint64_t *values = (const uint64_t *)&g->counters;
  for (unsigned i = 0; loop_names[i]; i++) add_counter(&t, loop_names[i], values[i], false);
  if (json) text_add(&t, ",\"network\":{");
  for (unsigned i = 0; i < g->net_count; i++)
    add_device(&t, "network", g->nets[i].name, i == 0, net_names, &g->nets[i].counters);
  if (json) text_add(&t, "},\"block\":{");
  for (unsigned i = 0; i < g->block_count; i++)
    add_device(&t, "block", g->blocks[i].name, i == 0, block_names, &g->blocks[i].counters);
  text_add(&t, "%s", json ? "}}\n" : "\n");
  text_end(&t);
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
