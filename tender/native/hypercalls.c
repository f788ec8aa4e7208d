/* The hypercalls of abi.h, and what an engine sets up for them. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock.h"
#include "console.h"
#include "signals.h"
#include "statistics.h"
#include "tender.h"

/* Threads of all disks together, and of one. */
#define THREADS 32u
#define THREADS_LEAST 2u
#define THREADS_MOST 8u

int tender_add_net(struct fata_guest *g, const char *name, const char *target, const uint8_t *mac,
                   uint32_t offload, struct failure *failure) {
  if (g->net_count == DEVICES_MAX) return FAIL(failure, "more than %d network devices", DEVICES_MAX);
  struct net *n = &g->nets[g->net_count];
  *n = (struct net){0};
  text_format(n->name, sizeof n->name, "%s", name);
  int result = batch_open(&g->batch, failure) < 0 ? -1 : tap_open(&n->tap, target, mac, offload, failure);
  if (result >= 0) g->net_count++;
  return result;
}

int tender_add_block(struct fata_guest *g, const char *name, const char *path, unsigned how, struct failure *failure) {
  if (g->block_count == DEVICES_MAX) return FAIL(failure, "more than %d block devices", DEVICES_MAX);
  if (block_open(&g->blocks[g->block_count], name, path, how, failure) < 0) return -1;
  g->block_count++;
  return 0;
}

int tender_prepare(struct fata_guest *g, struct failure *failure) {
  g->signals = signals_open(failure);
  if (g->signals < 0) return -1;
  for (unsigned i = 0; i < g->block_count; i++)
    if (workers_open(&g->blocks[i].workers, failure) < 0) return -1;
  return 0;
}

/* Threads of each disk: so many requests go on while others wait for the disk. */
static unsigned threads_of_each(unsigned disks) {
  unsigned share = THREADS / disks;
  return share < THREADS_LEAST ? THREADS_LEAST : share > THREADS_MOST ? THREADS_MOST : share;
}

int tender_start_threads(struct fata_guest *g, struct failure *failure) {
  for (unsigned i = 0; i < g->block_count && !g->threads; i++)
    if (workers_start(&g->blocks[i].workers, threads_of_each(g->block_count), failure) < 0) return -1;
  g->threads = true;
  return 0;
}

int tender_start(struct fata_guest *g, struct failure *failure) {
  g->origin = clock_now(0);
  g->times = (struct times){.deadline = 0, .now = 0, .wall = clock_wall()};
  g->starting = true;
  return tender_start_threads(g, failure);
}

void fata_exit(struct fata_guest *g, int32_t status) {
  pump_finish(g);
  if (g->memory.faulted) return;
  console_flush();
  statistics_end();
  /* A status that a process cannot have must not turn into success. */
  _exit(status < 0 || status > 255 ? 255 : status);
}

void fata_console_write(struct fata_guest *g, uint32_t ptr, uint32_t len) {
  const void *bytes = memory_at(&g->memory, ptr, len);
  if (len > FATA_CONSOLE_MAX)
    memory_fault(&g->memory, "console_write of %u bytes; expected at most %u", len, FATA_CONSOLE_MAX);
  else if (!bytes)
    memory_fault_range(&g->memory, "console_write", ptr, len);
  else
    console_write(bytes, len);
}

int32_t fata_argv(struct fata_guest *g, int32_t index, uint32_t ptr, uint32_t cap) {
  void *to = memory_at(&g->memory, ptr, cap);
  if (!to) {
    memory_fault_range(&g->memory, "argv", ptr, cap);
    return 0;
  }
  if (index < 0 || (size_t)index >= g->argument_count) return FATA_E_NOT_FOUND;
  const char *argument = g->arguments;
  for (int32_t i = 0; i < index; i++) argument += strlen(argument) + 1;
  size_t length = strlen(argument);
  memcpy(to, argument, length < cap ? length : cap);
  return (int32_t)length;
}

int32_t fata_random(struct fata_guest *g, uint32_t ptr, uint32_t cap) {
  uint8_t *to = memory_at(&g->memory, ptr, cap);
  if (!to) {
    memory_fault_range(&g->memory, "random", ptr, cap);
    return 0;
  }
  uint32_t length = cap < FATA_RANDOM_MAX ? cap : FATA_RANDOM_MAX;
  /* Up to 256 bytes getrandom gives whole. It may be interrupted before the host's pool is ready. */
  while (getrandom(to, length, 0) < 0) {
    if (errno == EINTR) continue;
    memory_fault(&g->memory, "the host has no randomness: %s", strerror(errno));
    return 0;
  }
  return (int32_t)length;
}

uint64_t fata_clock_monotonic(struct fata_guest *g) {
  return clock_now(g->origin);
}

/* Copies a device's name from the guest. False with the fault recorded; one that cannot be a name is just not found. */
static bool read_name(struct fata_guest *g, const char *call, uint32_t name, uint32_t length, char *copy) {
  const void *at = memory_at(&g->memory, name, length);
  if (!at) {
    memory_fault_range(&g->memory, call, name, length);
    return false;
  }
  if (length > FATA_NAME_MAX || memchr(at, 0, length)) length = 0;
  memcpy(copy, at, length);
  copy[length] = 0;
  return true;
}

int32_t fata_net_attach(struct fata_guest *g, uint32_t name, uint32_t nameLen, uint32_t ring) {
  char wanted[FATA_NAME_MAX + 1];
  if (!read_name(g, "net_attach", name, nameLen, wanted)) return 0;
  if (!g->starting) return FATA_E_TOO_LATE;
  for (unsigned i = 0; i < g->net_count; i++) {
    struct net *n = &g->nets[i];
    if (strcmp(n->name, wanted) != 0) continue;
    if (n->attached) return FATA_E_ALREADY;
    net_attach(n, &g->memory, ring);
    return FATA_OK;
  }
  return FATA_E_NOT_FOUND;
}

int32_t fata_block_attach(struct fata_guest *g, uint32_t name, uint32_t nameLen, uint32_t queue) {
  char wanted[FATA_NAME_MAX + 1];
  if (!read_name(g, "block_attach", name, nameLen, wanted)) return 0;
  if (!g->starting) return FATA_E_TOO_LATE;
  for (unsigned i = 0; i < g->block_count; i++) {
    struct block *b = &g->blocks[i];
    if (strcmp(b->name, wanted) != 0) continue;
    if (b->attached) return FATA_E_ALREADY;
    block_attach(b, &g->memory, queue);
    return FATA_OK;
  }
  return FATA_E_NOT_FOUND;
}
