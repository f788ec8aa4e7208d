/* `--explain`: what the filter would be, in words. The lists are the filter's own. */
#define _GNU_SOURCE
#include <unistd.h>

#include "sandbox.h"

/* What a descriptor is for. */
static void add_purpose(struct text *t, const struct fata_guest *g, const struct sandbox_engine *engine, int fd) {
  if (fd == STDOUT_FILENO) text_add(t, "the console");
  else if (fd == STDERR_FILENO) text_add(t, "the tender's messages");
  else if (fd == g->ring.fd) text_add(t, "the ring, on which devices are read and written");
  else if (fd == g->signals) text_add(t, "signals");
  else if (fd == workers_descriptor()) text_add(t, "what the disks' threads are through with");
  else if (engine->own_count > 0 && fd == engine->descriptor) text_add(t, "%s", engine->descriptor_name);
  for (unsigned i = 0; i < g->net_count; i++)
    if (g->nets[i].tap.fd == fd) text_add(t, "network device \"%s\"", g->nets[i].name);
  for (unsigned i = 0; i < g->block_count; i++) {
    const struct block *b = &g->blocks[i];
    if (b->disk.fd == fd) text_add(t, "block device \"%s\"%s", b->name, b->disk.read_only ? ", read-only" : "");
    if (b->disk.direct_fd == fd) text_add(t, "\"%s\", past the host's memory", b->name);
    if (b->workers.wake_fd == fd) text_add(t, "what waits for the threads of \"%s\"", b->name);
  }
}

static void add_calls(struct text *t, const char *title, const struct sandbox_call *calls, size_t count) {
  if (count > 0) text_add(t, "%s:\n ", title);
  for (size_t i = 0; i < count; i++) text_add(t, " %s", calls[i].name);
  if (count > 0) text_add(t, "\n");
}

void sandbox_explain(struct text *t, const struct fata_guest *g, const struct sandbox_engine *engine) {
  static struct sandbox s;
  if (!engine) {
    text_add(t, "no sandbox (--no-sandbox): every system call, and all that the user may do");
    return;
  }
  sandbox_rules(&s, g, engine);
  text_add(t, "descriptors, and the system calls on them:\n");
  for (unsigned i = 0; i < s.count; i++) {
    bool first = true;
    for (unsigned k = 0; k < i; k++) first &= s.pins[k].argument != s.pins[i].argument;
    if (!first) continue;
    text_add(t, "  %u  ", s.pins[i].argument);
    add_purpose(t, g, engine, (int)s.pins[i].argument);
    for (unsigned k = i; k < s.count; k++)
      if (s.pins[k].argument == s.pins[i].argument) text_add(t, "%s %s", k == i ? ":" : ",", s.pins[k].call.name);
    text_add(t, "\n");
  }
  /* They differ from run to run. */
  if (engine->pin) text_add(t, "  the engine's own, between its threads\n");
  add_calls(t, "system calls besides", engine->allowed, engine->allowed_count);
  for (size_t i = 0; i < engine->pinned_count; i++)
    text_add(t, "%s%s(%u)", i == 0 ? "  " : ", ", engine->pinned[i].call.name, engine->pinned[i].argument);
  if (engine->pinned_count > 0) text_add(t, "\n");
  if (engine->maps_memory) text_add(t, "  mmap of memory, not of files\n");
  if (engine->memory_limit > 0)
    text_add(t, "  mprotect of the guest's memory, to read and write, up to %llu KiB\n",
        (unsigned long long)engine->memory_limit / 1024);
  add_calls(t, "system calls that fail, because the engine asks for them", engine->refused, engine->refused_count);
  text_add(t, "every other system call ends the process with status %d\n"
      "privileges: no_new_privs, no capabilities, nobody instead of root, Landlock without a rule", SANDBOX_STATUS);
}
