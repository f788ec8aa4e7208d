/*
 * line LEFT RIGHT [OPTION VALUE]...
 *
 * A line between two taps, as long, slow and bad as it is told: what `tc netem` does, for kernels without it, and
 * repeatable. It makes the taps if they are not there. An option counts for both directions, unless --rightward (from LEFT
 * to RIGHT) or --leftward stands before it; --both ends that.
 *
 *   --delay MS           how long a frame is on its way
 *   --jitter MS          up to as much more, at random; frames may overtake each other
 *   --rate MBIT          the rate of a bottleneck, in 10^6 bit/s of whole frames
 *   --queue KIB          what waits before the bottleneck at most; what does not fit is dropped
 *   --loss PERCENT       frames that are dropped, at random
 *   --reorder PERCENT    frames that are not delayed, and so overtake those before them
 *   --duplicate PERCENT  frames that arrive twice
 *   --corrupt PERCENT    frames with a bit flipped behind the Ethernet header
 *   --mtu OCTETS         longest packet; what is larger is dropped, silently: a black hole
 *   --seed N             another sequence of chances
 *   --large              no value: segments of up to 64 KiB pass as they are, for speed; else the kernel cuts them
 *
 * Once frames pass it prints "ready". On SIGUSR1, and before it ends on SIGTERM, it prints a line of JSON with what it did to
 * the frames of each direction.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define ETHERNET 14
#define HEADER ((size_t)sizeof(struct virtio_net_hdr))
#define FRAME_MAX (HEADER + ETHERNET + 65535)
/* Frames that are taken from a tap at a time. */
#define BATCH 64
#define SECOND 1000000000ull

struct frame {
  uint64_t due;
  /* Of frames that are due at the same time the first goes first. */
  uint64_t number;
  size_t length;
  uint8_t octets[];
};

struct direction {
  const char *name;
  int from, to;
  uint64_t delay, jitter, queue, mtu;
  double rate; /* octets a ns; 0 is none */
  double loss, reorder, duplicate, corrupt;
  /* When the bottleneck is through with what was given to it. */
  uint64_t free_at;
  /* A heap by the time when frames are due. */
  struct frame **heap;
  size_t count, room;
  uint64_t frames, bytes, lost, overflowed, reordered, duplicated, corrupted, oversized;
};

static struct direction directions[2] = {{.name = "rightward"}, {.name = "leftward"}};
static uint64_t chance = 1, numbers;
static volatile sig_atomic_t reporting, ending;

static uint64_t read_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

/* A number in [0, 1) (xorshift64*, S. Vigna, 2014). */
static double draw(void) {
  chance ^= chance >> 12;
  chance ^= chance << 25;
  chance ^= chance >> 27;
  return (double)((chance * 2685821657736338717ull) >> 11) / (double)(1ull << 53);
}

static bool happens(double probability) { return probability > 0 && draw() < probability; }

static bool before(const struct frame *a, const struct frame *b) {
  return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void push(struct direction *d, struct frame *frame) {
  if (d->count == d->room) {
    d->room = d->room ? d->room * 2 : 1024;
    d->heap = realloc(d->heap, d->room * sizeof *d->heap);
    if (!d->heap) err(1, "no memory for %zu frames", d->room);
  }
  size_t at = d->count++;
  for (; at && before(frame, d->heap[(at - 1) / 2]); at = (at - 1) / 2) d->heap[at] = d->heap[(at - 1) / 2];
  d->heap[at] = frame;
}

static struct frame *pop(struct direction *d) {
  struct frame *first = d->heap[0], *last = d->heap[--d->count];
  size_t at = 0;
  for (size_t child; (child = 2 * at + 1) < d->count; at = child) {
    if (child + 1 < d->count && before(d->heap[child + 1], d->heap[child])) child++;
    if (!before(d->heap[child], last)) break;
    d->heap[at] = d->heap[child];
  }
  d->heap[at] = last;
  return first;
}

static void deliver(struct direction *d, const uint8_t *octets, size_t length) {
  d->frames++;
  d->bytes += length - HEADER;
  /* What the kernel does not take is lost, as on any line. */
  if (write(d->to, octets, length) < 0 && errno == EBADFD) ending = 1;
}

static void delay(struct direction *d, const uint8_t *octets, size_t length, uint64_t due) {
  struct frame *frame = malloc(sizeof *frame + length);
  if (!frame) err(1, "no memory for a frame");
  frame->due = due;
  frame->number = numbers++;
  frame->length = length;
  memcpy(frame->octets, octets, length);
  push(d, frame);
}

static void take(struct direction *d, uint8_t *octets, size_t length, uint64_t now) {
  size_t size = length - HEADER;
  if (d->mtu && size > d->mtu + ETHERNET) {
    d->oversized++;
    return;
  }
  if (happens(d->loss)) {
    d->lost++;
    return;
  }
  if (happens(d->corrupt) && size > ETHERNET) {
    size_t bit = (size_t)(draw() * (double)(size - ETHERNET) * 8);
    octets[HEADER + ETHERNET + bit / 8] ^= (uint8_t)(1 << (bit % 8));
    d->corrupted++;
  }
  int copies = 1;
  if (happens(d->duplicate)) {
    copies = 2;
    d->duplicated++;
  }
  for (; copies; copies--) {
    uint64_t due = now;
    if (d->rate > 0) {
      uint64_t start = d->free_at > now ? d->free_at : now;
      if (d->queue && (double)(start - now) * d->rate + (double)size > (double)d->queue) {
        d->overflowed++;
        continue;
      }
      d->free_at = due = start + (uint64_t)((double)size / d->rate);
    }
    if (happens(d->reorder)) d->reordered++;
    else due += d->delay + (d->jitter ? (uint64_t)(draw() * (double)d->jitter) : 0);
    if (due == now && !d->count) deliver(d, octets, length);
    else delay(d, octets, length, due);
  }
}

static void receive(struct direction *d) {
  static uint8_t octets[FRAME_MAX] __attribute__((aligned(64)));
  uint64_t now = read_clock();
  for (int i = 0; i < BATCH; i++) {
    ssize_t length = read(d->from, octets, sizeof octets);
    if (length < 0 && errno == EBADFD) ending = 1;
    if (length < (ssize_t)(HEADER + ETHERNET)) return;
    take(d, octets, (size_t)length, now);
  }
}

static void send_due(struct direction *d, uint64_t now) {
  while (d->count && d->heap[0]->due <= now) {
    struct frame *frame = pop(d);
    deliver(d, frame->octets, frame->length);
    free(frame);
  }
}

static void report(void) {
  for (int i = 0; i < 2; i++) {
    struct direction *d = &directions[i];
    printf("%s\"%s\":{\"frames\":%llu,\"bytes\":%llu,\"lost\":%llu,\"overflowed\":%llu,\"reordered\":%llu,", i ? "," : "{",
           d->name, (unsigned long long)d->frames, (unsigned long long)d->bytes, (unsigned long long)d->lost,
           (unsigned long long)d->overflowed, (unsigned long long)d->reordered);
    printf("\"duplicated\":%llu,\"corrupted\":%llu,\"oversized\":%llu}", (unsigned long long)d->duplicated,
           (unsigned long long)d->corrupted, (unsigned long long)d->oversized);
  }
  printf("}\n");
  fflush(stdout);
}

static int open_tap(const char *name, bool large) {
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
  unsigned long offloads = large ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
  snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETOFFLOAD, offloads) < 0) {
    err(1, "cannot attach to tap %s", name);
  }
  return fd;
}

static double number(const char *text, double most) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end || !(value >= 0 && value <= most)) errx(64, "not a number from 0 to %.0f: %s", most, text);
  return value;
}

static void set(struct direction *d, int option, const char *text) {
  switch (option) {
    case 'd': d->delay = (uint64_t)(number(text, 1e5) * 1e6); break;
    case 'j': d->jitter = (uint64_t)(number(text, 1e5) * 1e6); break;
    case 'r': d->rate = number(text, 1e6) * 1e6 / 8 / 1e9; break;
    case 'q': d->queue = (uint64_t)(number(text, 1e7) * 1024); break;
    case 'm': d->mtu = (uint64_t)number(text, 65535); break;
    case 'l': d->loss = number(text, 100) / 100; break;
    case 'o': d->reorder = number(text, 100) / 100; break;
    case 'u': d->duplicate = number(text, 100) / 100; break;
    case 'c': d->corrupt = number(text, 100) / 100; break;
  }
}

static void on_signal(int signal) {
  if (signal == SIGUSR1) reporting = 1;
  else ending = 1;
}

/* Reads the options. @return whether large segments pass */
static bool read_options(int argc, char **argv) {
  static const struct option OPTIONS[] = {
      {"delay", 1, 0, 'd'},     {"jitter", 1, 0, 'j'},  {"rate", 1, 0, 'r'},     {"queue", 1, 0, 'q'},
      {"loss", 1, 0, 'l'},      {"reorder", 1, 0, 'o'}, {"duplicate", 1, 0, 'u'}, {"corrupt", 1, 0, 'c'},
      {"mtu", 1, 0, 'm'},       {"seed", 1, 0, 's'},    {"large", 0, 0, 'L'},    {"rightward", 0, 0, '0'},
      {"leftward", 0, 0, '1'},  {"both", 0, 0, '2'},    {0, 0, 0, 0}};
  bool large = false;
  int which = 2;
  for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
    if (option == '?') exit(64);
    if (option == 'L') large = true;
    else if (option == 's') chance = (uint64_t)number(optarg, 1e15) * 0x9e3779b97f4a7c15 + 1;
    else if (option >= '0' && option <= '2') which = option - '0';
    else
      for (int i = 0; i < 2; i++)
        if (which == 2 || which == i) set(&directions[i], option, optarg);
  }
  if (argc - optind != 2) errx(64, "usage: line LEFT RIGHT [OPTION VALUE]...");
  return large;
}

int main(int argc, char **argv) {
  bool large = read_options(argc, argv);
  int left = open_tap(argv[optind], large), right = open_tap(argv[optind + 1], large);
  directions[0].from = directions[1].to = left;
  directions[0].to = directions[1].from = right;
  prctl(PR_SET_TIMERSLACK, 1000);
  sigset_t blocked, open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &open);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  printf("ready\n");
  fflush(stdout);
  struct pollfd taps[2] = {{.fd = left, .events = POLLIN}, {.fd = right, .events = POLLIN}};
  while (!ending) {
    uint64_t now = read_clock(), due = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
      send_due(&directions[i], now);
      if (directions[i].count && directions[i].heap[0]->due < due) due = directions[i].heap[0]->due;
    }
    uint64_t wait = due > now ? due - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(wait / SECOND), .tv_nsec = (long)(wait % SECOND)};
    if (ppoll(taps, 2, due == UINT64_MAX ? NULL : &timeout, &open) > 0) {
      for (int i = 0; i < 2; i++)
        if (taps[i].revents) receive(&directions[i]);
    }
    if (reporting) {
      reporting = 0;
      report();
    }
  }
  report();
  return 0;
}
