/* The native `tender`: one static program that needs neither Node nor anything else. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "console.h"
#include "descriptors.h"
#include "engine.h"
#include "io.h"
#include "signals.h"
#include "statistics.h"
#include "trap.h"

static struct fata_guest guest;
static struct image image;
static struct native_image native;
static const struct isolation *isolation;

static struct text *output(void) {
  static char bytes[256];
  static struct text out = {bytes, sizeof bytes, 0, console_write};
  return &out;
}

/* A reader that has gone, as in `tender --help | head`, wants no more of it. */
static _Noreturn void done(void) {
  text_end(output());
  console_flush();
  int failure = console_failure();
  if (failure != 0 && failure != EPIPE)
    refuse(STATUS_SANDBOX, "cannot write to standard output: %s", strerror(failure));
  _exit(0);
}

static void read_image(const struct command *c) {
  struct failure failure;
  if (image_load(&image.file, c->image, &failure) < 0 || image_check(&image, &failure) < 0)
    refuse(STATUS_IMAGE, "%s: %s", c->image, failure.text);
}

static void check_memory(const struct command *c) {
  char given[32], needed[32];
  uint32_t initial = image.manifest.memory_initial;
  if (c->memory < initial)
    refuse(STATUS_USAGE, "--mem=%s is too small: %s needs at least --mem=%s",
           format_memory(c->memory, given, sizeof given), image.manifest.name,
           format_memory(initial, needed, sizeof needed));
}

static _Noreturn void explain(const struct sandbox_engine *engine, const char *why, const char *why_io) {
  text_add(output(), "isolation: %s (the image has native code for " NATIVE_ARCHITECTURE "; %s)\n", isolation->name,
           why);
  text_add(output(), "io: %s (%s)\n", io_name(&guest), why_io);
  sandbox_explain(output(), &guest, engine);
  text_add(output(), "\n");
  done();
}

/* Loads the guest; the process is as it stays but for the lock-down. */
static void prepare(const struct command *c) {
  struct failure failure;
  const struct manifest *m = &image.manifest;
  static struct guest_code code;
  char why[sizeof failure.text + 16], why_io[sizeof why];
  uint32_t limit = c->memory < m->memory_maximum ? c->memory : m->memory_maximum;
  code = (struct guest_code){&guest, &native, m->memory_initial, limit};
  if (descriptors_arrange(&guest, &failure) < 0) refuse(STATUS_SANDBOX, "%s", failure.text);
  isolation = isolation_choose(c->isolation, why, sizeof why, &failure);
  if (!isolation || isolation->load(&code, &failure) < 0) refuse(STATUS_SANDBOX, "%s", failure.text);
  if (io_choose(&guest, c->io, why_io, sizeof why_io, &failure) < 0) refuse(STATUS_SANDBOX, "%s", failure.text);
  trap_open(isolation, &native);
  /* What is left of the file is the names of functions, for traps. */
  const uint8_t *names[] = {native.symbols.bytes, native.symbols.bytes + native.symbols.length};
  const uint8_t *strings[] = {native.strings.bytes, native.strings.bytes + native.strings.length};
  image_trim(&image, names[0] < strings[0] ? names[0] : strings[0], names[1] > strings[1] ? names[1] : strings[1]);
  if (tender_prepare(&guest, &failure) < 0) refuse(STATUS_SANDBOX, "%s", failure.text);
  struct sandbox_engine engine = isolation->needs();
  if (c->explain) explain(c->no_sandbox ? NULL : &engine, why, why_io);
  if (c->no_sandbox) return;
  if (sandbox_enter(&guest, &engine, &failure) < 0) refuse(STATUS_SANDBOX, "%s", failure.text);
}

/* As run.ts: nothing returns from here. */
static _Noreturn void run(const struct command *c) {
  const struct fata_native_entry *entry = &native.entry;
  struct times *times = &guest.times;
  struct failure failure;
  if (tender_start(&guest, &failure) < 0) refuse(STATUS_SANDBOX, "%s", failure.text);
  if (c->stats) statistics_choose(&guest, c->stats_json);
  guest.busy_poll = c->busy_poll * 1000ull;
  isolation->call(entry->init, 0, 0);
  times->deadline = isolation->call(entry->start, times->now, times->wall);
  for (;;) {
    int events = pump(&guest);
    if (events < 0) {
      if (events == PUMP_FAULT) trap_end(guest.memory.fault, 0, 0);
      console_flush();
      console_message("the guest waits for ever: it has no deadline, and no device that could wake it");
      statistics_end();
      _exit(STATUS_TRAP);
    }
    for (int kind = FATA_EVENT_STOP; kind <= FATA_EVENT_RESTORED; kind++)
      if (events & 1 << kind) isolation->call(entry->event, (uint64_t)kind, 0);
    times->deadline = isolation->call(entry->step, times->now, times->wall);
  }
}

static bool asks_for_help(char **words) {
  for (; *words; words++)
    if (strcmp(*words, "--help") == 0) return true;
  return false;
}

/* Nothing here reads it, and a guest in this address space may look for secrets in it. */
static void forget_environment(void) {
  for (char **variable = environ; *variable; variable++) memset(*variable, 0, strlen(*variable));
  environ[0] = NULL;
}

int main(int count, char **words) {
  struct command c;
  struct failure failure;
  guest.signals = guest.ring.fd = -1;
  if (!descriptors_standard())
    refuse(STATUS_SANDBOX, "a standard descriptor is closed, and /dev/null cannot take its place: %s", strerror(errno));
  forget_environment();
  /* A console whose reader has gone is no error. */
  signal(SIGPIPE, SIG_IGN);
  read_command(&c, words + (count > 0));
  if (c.version && !c.help) {
    text_add(output(), "tender %s (ABI version %u)\n", FATA_VERSION, FATA_ABI_VERSION);
    done();
  }
  bool help = c.help || (c.image && asks_for_help(c.rest));
  if (!c.image && !help)
    refuse(STATUS_USAGE, "no image is named; expected tender [options] IMAGE.wasm, see tender --help");
  if (c.image) read_image(&c);
  if (help) print_help(output(), c.image ? &image.manifest : NULL);
  else if (c.describe) print_describe(output(), &image);
  if (help || c.describe) done();
  guest.arguments = read_arguments(&image.manifest, c.rest, &guest.argument_count);
  if (native_read(&native, &image.wasm, image.file, &failure) < 0)
    refuse(STATUS_IMAGE, "%s: %s", c.image, failure.text);
  attach_devices(&guest, &image.manifest, &c);
  if (c.no_sandbox && !c.quiet) warn("the sandbox is off");
  check_memory(&c);
  prepare(&c);
  run(&c);
}
