#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "abi.h"
#include "console.h"
#include "statistics.h"

static int wake = -1;
static volatile sig_atomic_t pending;
static volatile sig_atomic_t stop, user;
/* The signal that asked for the end. */
static volatile sig_atomic_t asked;
/* The signal that the process ends with, once it does. */
static volatile sig_atomic_t ending;

static const char *name(int signal) {
  return signal == SIGTERM ? "SIGTERM" : signal == SIGINT ? "SIGINT" : "SIGALRM";
}

/* Why it does. */
static const char *volatile reason;
/* Whether finish has begun: a flush that ends and the handler may both come to it. */
static atomic_flag finishing = ATOMIC_FLAG_INIT;

static void finish(void) {
  char text[96];
  if (atomic_flag_test_and_set(&finishing)) return;
  console_flush();
  text_format(text, sizeof text, "ended by %s%s", name(ending), reason);
  console_message(text);
  statistics_end();
  _exit(128 + ending);
}

static void end(const char *why, int signal) {
  sigset_t set;
  /* A reader of the console that takes nothing must not hold up the end: the next alarm leaves without it. */
  reason = why;
  ending = signal;
  alarm(SIGNALS_FLUSH);
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  if (!console_defer(finish)) finish();
}

/* Runs on any thread. */
static void handle(int signal) {
  int saved = errno;
  uint64_t one = 1;
  if (ending) _exit(128 + ending);
  if (signal == SIGALRM && asked) {
    end(": the guest did not end in the grace time", asked);
  } else if (signal == SIGALRM) {
    /* Not ours: an alarm that was set before exec, or sent. */
    end("", SIGALRM);
  } else if (signal == SIGUSR1) {
    user = 1;
  } else if (asked) {
    end(": the second signal", signal);
  } else {
    asked = signal;
    stop = 1;
    alarm(SIGNALS_GRACE);
  }
  pending = 1;
  if (write(wake, &one, sizeof one) < 0) {
    /* The counter is full, so it wakes already. */
  }
  errno = saved;
}

void signals_handle(const int *signals, size_t count, struct sigaction *action) {
  sigemptyset(&action->sa_mask);
  for (size_t i = 0; i < count; i++) sigaddset(&action->sa_mask, signals[i]);
  for (size_t i = 0; i < count; i++) sigaction(signals[i], action, NULL);
  sigprocmask(SIG_UNBLOCK, &action->sa_mask, NULL);
}

int signals_open(struct failure *failure) {
  static const int taken[] = {SIGTERM, SIGINT, SIGUSR1, SIGALRM};
  wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) return FAIL(failure, "cannot make an eventfd: %s", strerror(errno));
  /* One at a time, so that the end's message is whole. */
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART | SA_ONSTACK};
  signals_handle(taken, sizeof taken / sizeof *taken, &action);
  return wake;
}

uint32_t signals_take(void) {
  uint64_t count;
  uint32_t events = 0;
  if (!pending) return 0;
  pending = 0;
  if (read(wake, &count, sizeof count) < 0) {
    /* Another signal's count was taken along before. */
  }
  if (stop) {
    stop = 0;
    events |= 1u << FATA_EVENT_STOP;
  }
  if (user) {
    user = 0;
    events |= 1u << FATA_EVENT_USER;
  }
  return events;
}
