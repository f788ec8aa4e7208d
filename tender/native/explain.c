/* `--explain`: what the filter would be, in words. The lists are the filter's own. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"

/* Text that is put together piece by piece; what does not fit is cut off. */
struct text {
  char *bytes;
  size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int length = vsnprintf(t->bytes + t->length, t->size - t->length, format, list);
  va_end(list);
  if (length > 0) t->length += (size_t)length;
  if (t->length >= t->size) t->length = t->size - 1;
}

/* What a descriptor is for. */
static void add_purpose(struct text *t, const struct fata_guest *g, const struct sandbox_engine *engine, int fd) {
  if (fd == STDOUT_FILENO) add(t, "the console");
  else if (fd == STDERR_FILENO) add(t, "the tender's messages");
  else if (fd == g->signals) add(t, "signals");
  else if (engine->own_count > 0 && fd == engine->descriptor) add(t, "%s", engine->descriptor_name);
  for (unsigned i = 0; i < g->net_count; i++)
    if (g->nets[i].tap.fd == fd) add(t, "network device \"%s\"", g->nets[i].name);
  for (unsigned i = 0; i < g->block_count; i++)
    if (g->blocks[i].disk.fd == fd)
      add(t, "block device \"%s\"%s", g->blocks[i].name, g->blocks[i].disk.read_only ? ", read-only" : "");
}

static void add_calls(struct text *t, const char *title, const struct sandbox_call *calls, size_t count) {
  if (count > 0) add(t, "%s:\n ", title);
  for (size_t i = 0; i < count; i++) add(t, " %s", calls[i].name);
  if (count > 0) add(t, "\n");
}

void sandbox_explain(const struct fata_guest *g, const struct sandbox_engine *engine, char *bytes, size_t size) {
  static struct sandbox s;
  struct text t = {bytes, size, 0};
  if (!engine) {
    add(&t, "no sandbox (--no-sandbox): every system call, and all that the user may do");
    return;
  }
  sandbox_rules(&s, g, engine);
  add(&t, "descriptors, and the system calls on them:\n");
  for (unsigned i = 0; i < s.count; i++) {
    bool first = true;
    for (unsigned k = 0; k < i; k++) first &= s.pins[k].argument != s.pins[i].argument;
    if (!first) continue;
    add(&t, "  %u  ", s.pins[i].argument);
    add_purpose(&t, g, engine, (int)s.pins[i].argument);
    for (unsigned k = i; k < s.count; k++)
      if (s.pins[k].argument == s.pins[i].argument) add(&t, "%s %s", k == i ? ":" : ",", s.pins[k].call.name);
    add(&t, "\n");
  }
  /* They differ from run to run. */
  if (engine->pin) add(&t, "  the engine's own, between its threads\n");
  add_calls(&t, "system calls besides", engine->allowed, engine->allowed_count);
  for (size_t i = 0; i < engine->pinned_count; i++)
    add(&t, "%s%s(%u)", i == 0 ? "  " : ", ", engine->pinned[i].call.name, engine->pinned[i].argument);
  if (engine->pinned_count > 0) add(&t, "\n");
  if (engine->maps_memory) add(&t, "  mmap of memory, not of files\n");
  if (engine->memory_limit > 0)
    add(&t, "  mprotect of the guest's memory, to read and write, up to %llu KiB\n",
        (unsigned long long)engine->memory_limit / 1024);
  add_calls(&t, "system calls that fail, because the engine asks for them", engine->refused, engine->refused_count);
  add(&t, "every other system call ends the process with status %d\n"
      "privileges: no_new_privs, no capabilities, nobody instead of root, Landlock without a rule", SANDBOX_STATUS);
}
