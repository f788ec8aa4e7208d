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

/* What a pass over all devices has found. */
enum {
  /* The guest has something to look at. */
  PASS_WORK = 1,
  /* There is more to do here. */
  PASS_MORE = 2,
  PASS_FAULT = -1,
};

/* Starts requests and completes others. Returns whether it has completed some, -1: fault. */
static int serve_blocks(struct fata_guest *g) {
  int work = 0;
  for (unsigned i = 0; i < g->block_count; i++) {
    if (!g->blocks[i].attached) continue;
    int result = block_pass(&g->blocks[i], &g->memory);
    if (result < 0) return -1;
    work |= result > 0;
  }
  return work;
}

/* Carries out the batch, which has the network devices from `first` to `end`. Returns whether the guest has work, -1: fault. */
static int run_batch(struct fata_guest *g, unsigned first, unsigned end) {
  int work = 0;
  batch_run(&g->batch, g->ring.fd < 0 ? NULL : &g->ring);
  for (unsigned i = first; i < end; i++) {
    if (!g->nets[i].attached) continue;
    int result = net_complete(&g->nets[i], &g->memory, &g->batch);
    if (result < 0) return -1;
    work |= result;
  }
  batch_clear(&g->batch);
  return work;
}

/* Sends and receives once, on all network devices. Returns whether the guest has work, -1: fault. */
static int exchange(struct fata_guest *g) {
  int work = 0, result;
  unsigned first = 0;
  for (unsigned i = 0; i < g->net_count; i++) {
    if (!g->nets[i].attached) continue;
    if (batch_crowded(&g->batch)) {
      if ((result = run_batch(g, first, i)) < 0) return -1;
      work |= result;
      first = i;
    }
    if (!net_prepare(&g->nets[i], &g->memory, &g->batch)) return -1;
  }
  result = run_batch(g, first, g->net_count);
  return result < 0 ? -1 : work | result;
}

/*
 * Drains transmit rings, carries out requests, fills receive rings. Returns PASS_*. `sent`: frames were sent since the guest
 * ran last.
 */
static int pass(struct fata_guest *g, bool *sent) {
  int work = serve_blocks(g);
  if (work < 0) return PASS_FAULT;
  for (unsigned i = 0; i < g->net_count; i++) net_begin(&g->nets[i]);
  bool again, more = false;
  do {
    int result = exchange(g);
    if (result < 0) return PASS_FAULT;
    work |= result;
    again = false;
    for (unsigned i = 0; i < g->net_count; i++) again |= g->nets[i].attached && g->nets[i].rx_more;
  } while (again);
  bool starved = false;
  for (unsigned i = 0; i < g->net_count; i++) {
    struct net *n = &g->nets[i];
    net_end(n);
    more |= n->tx_more || n->rx_ahead;
    starved |= n->attached && n->rx_starved;
    *sent |= n->tx_frames > 0;
  }
  /* What was sent may have been lying in the buffers that are missing, though that shows only when more is to be read. */
  work |= starved && *sent;
  for (unsigned i = 0; i < g->block_count; i++) {
    struct block *b = &g->blocks[i];
    /* What the ring has carried out at once. */
    if (b->ended) {
      if (block_pass(b, &g->memory) < 0) return PASS_FAULT;
      work = true;
    }
    more |= b->more;
  }
  return (work ? PASS_WORK : 0) | (more ? PASS_MORE : 0);
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
  for (unsigned i = 0; i < g->block_count; i++) {
    if (g->blocks[i].in_flight > 0) return true;
  }
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

/* What ppoll has said about a device, besides that there is room to write. */
static void note_poll(struct net *n, short events) {
  n->rx_woken = (events & POLLIN) != 0;
  if (events & (POLLERR | POLLHUP | POLLNVAL)) tap_failed(&n->tap);
  else if (events & POLLOUT) n->tap.up = true;
}

static bool requests_are_done(const struct fata_guest *g) {
  for (unsigned i = 0; i < g->block_count; i++) {
    if (block_is_done(&g->blocks[i])) return true;
  }
  return false;
}

/* What wakes for requests of disks: the threads, and the ring. */
#define WAKERS 2

/*
 * ppoll, with what wakes for a disk at the end of the list, where room is left for it. Returns at once when a request has
 * ended since they were looked at last.
 */
static int sleep_until(const struct fata_guest *g, struct pollfd *list, nfds_t count, const struct timespec *timeout) {
  struct pollfd *done = &list[count];
  *done = (struct pollfd){.fd = workers_descriptor(), .events = POLLIN};
  /* It is readable when a request is completed; the next pass takes it. */
  done[1] = (struct pollfd){.fd = g->ring.in_flight > 0 ? g->ring.fd : -1, .events = POLLIN};
  workers_announce_sleep();
  int result = requests_are_done(g) ? 0 : ppoll(list, count + WAKERS, timeout, NULL);
  workers_end_sleep(result > 0 && done->revents);
  return result;
}

/* Sleeps until the deadline, I/O or a signal. */
static void wait_for(struct fata_guest *g, uint64_t duration) {
  struct pollfd list[DEVICES_MAX + 1 + WAKERS];
  struct timespec timeout = {.tv_sec = (time_t)(duration / CLOCK_SECOND), .tv_nsec = (long)(duration % CLOCK_SECOND)};
  /* ppoll passes over descriptors below zero. */
  for (unsigned i = 0; i < g->net_count; i++) {
    const struct net *n = &g->nets[i];
    list[i] = (struct pollfd){.fd = n->attached && !n->tap.gone ? n->tap.fd : -1, .events = wanted_events(n)};
  }
  list[g->net_count] = (struct pollfd){.fd = g->signals, .events = POLLIN};
  if (sleep_until(g, list, g->net_count + 1, &timeout) <= 0) return;
  for (unsigned i = 0; i < g->net_count; i++) note_poll(&g->nets[i], list[i].revents);
}

int pump(struct fata_guest *g) {
  uint64_t deadline = g->times.deadline, now = 0;
  uint32_t events;
  bool waited = false, idle = false, sent = false;
  uint64_t idle_end = 0;
  g->starting = false;
  console_flush();
  for (;;) {
    int found = pass(g, &sent);
    if (found == PASS_FAULT) return PUMP_FAULT;
    events = take_events(g);
    uint64_t before = now;
    now = clock_now(g->origin);
    if (waited) g->counters.waited_ns += now - before;
    if (found & PASS_WORK || events || now >= deadline) break;
    if (found & PASS_MORE) continue;
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

/* Sends what a network device has posted. Waits for a full tap, until `end`. Returns false on a fault. */
static bool finish_net(struct fata_guest *g, struct net *n, uint64_t end) {
  net_begin(n);
  while (net_transmitting(n, &g->memory)) {
    if (!net_prepare_transmit(n, &g->memory, &g->batch)) return false;
    batch_run(&g->batch, g->ring.fd < 0 ? NULL : &g->ring);
    net_complete_transmit(n, &g->memory, &g->batch);
    batch_clear(&g->batch);
    uint64_t now = clock_now(g->origin);
    if (n->tx_more) continue;
    if (!n->tx_blocked || now >= end) break;
    struct pollfd room = {.fd = n->tap.fd, .events = POLLOUT};
    struct timespec timeout = {.tv_nsec = (long)(end - now < CLOCK_SECOND ? end - now : CLOCK_SECOND - 1)};
    ppoll(&room, 1, &timeout, NULL);
  }
  net_end(n);
  return true;
}

static void finish_nets(struct fata_guest *g) {
  uint64_t end = clock_now(g->origin) + FINISH_MAX;
  batch_clear(&g->batch);
  for (unsigned i = 0; i < g->net_count; i++) {
    if (!finish_net(g, &g->nets[i], end)) return;
  }
}

/* All disks at once. Returns how many requests are not through, -1: fault. */
static int finish_blocks(struct fata_guest *g) {
  int left = 0;
  for (unsigned i = 0; i < g->block_count; i++) {
    if (!g->blocks[i].attached) continue;
    int result = block_finish(&g->blocks[i], &g->memory);
    if (result < 0) return -1;
    left += result;
  }
  return left;
}

void pump_finish(struct fata_guest *g) {
  struct pollfd wakers[WAKERS];
  finish_nets(g);
  while (!g->memory.faulted && finish_blocks(g) > 0) {
    if (g->ring.fd >= 0) uring_enter(&g->ring);
    sleep_until(g, wakers, 0, NULL);
  }
}
