/* The loop between two steps. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>

#include "clock.h"
#include "console.h"
#include "signals.h"
#include "statistics.h"
#include "tender.h"

/* ppoll's clock stops while the host sleeps, the guest's does not: look at it again at least this often. */
#define SLEEP_MAX (30 * CLOCK_SECOND)

/* How long a full tap may hold up the end. */
#define FINISH_MAX CLOCK_SECOND

/* Drains the transmit rings and carries out requests. Returns whether the guest has something to look at, -1: fault. */
static int put_out(struct fata_guest *g) {
  int work = 0;
  for (unsigned i = 0; i < g->net_count; i++) {
    if (!g->nets[i].attached) continue;
    int result = net_transmit(&g->nets[i], &g->memory);
    if (result < 0) return -1;
    work |= result;
  }
  for (unsigned i = 0; i < g->block_count; i++) {
    if (!g->blocks[i].attached) continue;
    int result = block_submit(&g->blocks[i], &g->memory);
    if (result < 0) return -1;
    work |= result > 0;
  }
  return work;
}

/* Fills the receive rings. Returns whether frames came, -1: fault. */
static int take_in(struct fata_guest *g) {
  int work = 0;
  for (unsigned i = 0; i < g->net_count; i++) {
    if (!g->nets[i].attached) continue;
    int result = net_receive(&g->nets[i], &g->memory);
    if (result < 0) return -1;
    work |= result > 0;
  }
  return work;
}

/* Signals and changes of a link. */
static uint32_t take_events(struct fata_guest *g) {
  uint32_t events = signals_take();
  for (unsigned i = 0; i < g->net_count; i++) {
    if (g->nets[i].attached && net_link(&g->nets[i], &g->memory)) events |= 1u << FATA_EVENT_LINK;
  }
  return events;
}

static bool can_wake(const struct fata_guest *g) {
  for (unsigned i = 0; i < g->net_count; i++) {
    if (g->nets[i].attached && !g->nets[i].tap.gone) return true;
  }
  return false;
}

static short wanted_events(const struct net *n) {
  /* A tap that is down becomes writable when it comes up again. */
  bool out = n->tx_blocked || !n->tap.up;
  return (short)((n->rx_starved ? 0 : POLLIN) | (out ? POLLOUT : 0));
}

/* What ppoll has said about a device, besides that there is something to read or room to write. */
static void note_poll(struct net *n, short events) {
  if (events & (POLLERR | POLLHUP | POLLNVAL)) tap_failed(&n->tap);
  else if (events & POLLOUT) n->tap.up = true;
}

/* Sleeps until the deadline, I/O or a signal. */
static void wait_for(struct fata_guest *g, uint64_t duration) {
  struct pollfd list[DEVICES_MAX + 1];
  struct timespec timeout = {.tv_sec = (time_t)(duration / CLOCK_SECOND), .tv_nsec = (long)(duration % CLOCK_SECOND)};
  /* ppoll passes over descriptors below zero. */
  for (unsigned i = 0; i < g->net_count; i++) {
    const struct net *n = &g->nets[i];
    list[i] = (struct pollfd){.fd = n->attached && !n->tap.gone ? n->tap.fd : -1, .events = wanted_events(n)};
  }
  list[g->net_count] = (struct pollfd){.fd = g->signals, .events = POLLIN};
  if (ppoll(list, g->net_count + 1, &timeout, NULL) <= 0) return;
  for (unsigned i = 0; i < g->net_count; i++) note_poll(&g->nets[i], list[i].revents);
}

int pump(struct fata_guest *g) {
  uint64_t deadline = g->times.deadline, now = 0;
  uint32_t events;
  bool waited = false, idle = false;
  uint64_t idle_end = 0;
  g->starting = false;
  console_flush();
  for (;;) {
    int out = put_out(g);
    if (out < 0) return PUMP_FAULT;
    int in = take_in(g);
    if (in < 0) return PUMP_FAULT;
    events = take_events(g);
    uint64_t before = now;
    now = clock_now(g->origin);
    if (waited) g->counters.waited_ns += now - before;
    if (out || in || events || now >= deadline) break;
    bool wakes = can_wake(g);
    if (deadline == UINT64_MAX && !wakes) return PUMP_FOREVER;
    if (!idle) {
      idle = true;
      idle_end = now + (wakes ? g->busy_poll : 0);
    }
    if (now < idle_end) continue;
    waited = true;
    g->counters.waits++;
    wait_for(g, deadline - now < SLEEP_MAX ? deadline - now : SLEEP_MAX);
  }
  g->times.now = now;
  g->times.wall = clock_wall();
  if (events & 1u << FATA_EVENT_USER) statistics_print(g);
  g->counters.steps++;
  return (int)events;
}

void pump_finish(struct fata_guest *g) {
  uint64_t end = clock_now(g->origin) + FINISH_MAX, now;
  for (unsigned i = 0; i < g->block_count; i++) {
    if (g->blocks[i].attached && !block_finish(&g->blocks[i], &g->memory)) return;
  }
  for (unsigned i = 0; i < g->net_count; i++) {
    struct net *n = &g->nets[i];
    while (net_transmitting(n, &g->memory)) {
      if (net_transmit(n, &g->memory) < 0) return;
      now = clock_now(g->origin);
      if (!n->tx_blocked || now >= end) break;
      struct pollfd room = {.fd = n->tap.fd, .events = POLLOUT};
      struct timespec timeout = {.tv_nsec = (long)(end - now < CLOCK_SECOND ? end - now : CLOCK_SECOND - 1)};
      ppoll(&room, 1, &timeout, NULL);
    }
  }
}
