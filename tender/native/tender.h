/*
 * The tender's state of one running image, and the loop around it. Nothing in this folder but addon.c knows of Node: an
 * engine gives the memory's address and length, calls pump() between steps, and passes the guest's hypercalls to the
 * fata_* functions of abi.h. After each of these calls it looks at memory.faulted: a guest that faulted is trapped.
 */
#ifndef FATA_TENDER_H
#define FATA_TENDER_H

#include "counters.h"
#include "ring_block.h"
#include "ring_net.h"

/* Most devices of a kind. The manifest allows as many of all kinds together. */
#define DEVICES_MAX 64

/* What passes between pump() and step() besides the memory: u64 each, for an engine that shares them. */
struct times {
  /* What start() or step() has returned. */
  uint64_t deadline;
  /* What the next step is given. */
  uint64_t now, wall;
};

struct fata_guest {
  struct memory memory;
  struct times times;
  /* clock_now(0) at the image's start. */
  uint64_t origin;
  /* Inside start(): devices may be attached. */
  bool starting;
  /* The image's arguments, one after another; each ends with a zero. */
  const char *arguments;
  size_t argument_count;
  /* Polled for signals, or -1. */
  int signals;
  /* The threads of the disks run. */
  bool threads;
  struct net nets[DEVICES_MAX];
  struct block blocks[DEVICES_MAX];
  unsigned net_count, block_count;
  struct batch batch;
  /* Not open (its descriptor is -1) where devices are read and written by system calls. */
  struct uring ring;
  /* Nanoseconds that the tender goes on looking for frames before it sleeps (--busy-poll). */
  uint64_t busy_poll;
  struct loop_counters counters;
};

/* Results of pump() below zero. */
enum {
  /* The guest faulted: memory.fault says why. */
  PUMP_FAULT = -1,
  /* The guest waits, and nothing could ever wake it. */
  PUMP_FOREVER = -2,
};

/*
 * Opens a device for the guest, under the name that the manifest gives it. `offload`: what the guest may use.
 * Returns 0, 1 with a warning told, or -1 with the failure told.
 */
int tender_add_net(struct fata_guest *g, const char *name, const char *target, const uint8_t *mac,
                   uint32_t offload, struct failure *failure);
int tender_add_block(struct fata_guest *g, const char *name, const char *path, unsigned how, struct failure *failure);

/*
 * Opens what the loop is woken by; takes signals over. Once all devices are added.
 * Returns 0, or -1 with the failure told.
 */
int tender_prepare(struct fata_guest *g, struct failure *failure);

/*
 * Starts the threads of the disks, once, with the rights that the process has now.
 * Returns 0, or -1 with the failure told.
 */
int tender_start_threads(struct fata_guest *g, struct failure *failure);

/*
 * Starts the image's clock and sets times for start(); and the threads, where sandbox_enter has not.
 * Returns 0, or -1 with the failure told.
 */
int tender_start(struct fata_guest *g, struct failure *failure);

/*
 * What happens between two steps: transmit rings are drained, block requests carried out; then, unless there is work,
 * the tender sleeps until the deadline or I/O; receive rings are filled, the clock is read.
 * Returns the events to deliver before the next step, a bit each (1 << FATA_EVENT_*), or PUMP_*.
 */
int pump(struct fata_guest *g);

/*
 * Sends what is posted and carries out what is submitted, for the end. Waits for a full tap, but not long, and for the
 * disks, however long they take: signals.h ends that.
 */
void pump_finish(struct fata_guest *g);

#endif
