/*
 * The Node-API side: the only file here that knows of Node. It hands the core to JavaScript; what JavaScript sees of it
 * is declared in tender/native.ts.
 */
#define NAPI_VERSION 8
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <stdlib.h>
#include <unistd.h>

#include "console.h"
#include "engine.h"
#include "io.h"
#include "resident.h"
#include "sandbox.h"
#include "signals.h"
#include "statistics.h"
#include "tender.h"

static struct fata_guest guest;

#define ARGUMENTS_MAX 4

/* ---- Values ------------------------------------------------------------------------------------------------------ */

static void arguments_of(napi_env env, napi_callback_info info, napi_value *list) {
  size_t count = ARGUMENTS_MAX;
  napi_get_cb_info(env, info, &count, list, NULL, NULL);
}

static uint32_t to_u32(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return (uint32_t)number;
}

static napi_value from_i32(napi_env env, int32_t number) {
  napi_value value;
  napi_create_int32(env, number, &value);
  return value;
}

static napi_value from_text(napi_env env, const char *text) {
  napi_value value;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

/* An exception for a failure, text for a warning, else undefined. */
static napi_value outcome(napi_env env, int result, const struct failure *failure) {
  if (result < 0) napi_throw_error(env, NULL, failure->text);
  return result > 0 ? from_text(env, failure->text) : NULL;
}

/* Text of any length, for the process's lifetime where it is not freed. */
static char *to_text(napi_env env, napi_value value, size_t *length) {
  size_t size = 0;
  napi_get_value_string_utf8(env, value, NULL, 0, &size);
  char *text = malloc(size + 1);
  if (!text) abort();
  napi_get_value_string_utf8(env, value, text, size + 1, &size);
  if (length) *length = size;
  return text;
}

/* ---- Set-up ------------------------------------------------------------------------------------------------------ */

static napi_value add_net(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  struct failure failure;
  void *mac = NULL;
  bool given = false;
  napi_is_typedarray(env, list[2], &given);
  if (given) {
    size_t length = 0;
    napi_get_typedarray_info(env, list[2], NULL, &length, &mac, NULL, NULL);
    if (length != 6) abort();
  }
  char *name = to_text(env, list[0], NULL), *target = to_text(env, list[1], NULL);
  int result = tender_add_net(&guest, name, target, mac, to_u32(env, list[3]), &failure);
  free(name);
  free(target);
  return outcome(env, result, &failure);
}

static napi_value add_block(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  struct failure failure;
  bool read_only = false, direct = false;
  napi_get_value_bool(env, list[2], &read_only);
  napi_get_value_bool(env, list[3], &direct);
  char *name = to_text(env, list[0], NULL), *path = to_text(env, list[1], NULL);
  int result = tender_add_block(&guest, name, path, (read_only ? DISK_READ_ONLY : 0) | (direct ? DISK_DIRECT : 0), &failure);
  free(name);
  free(path);
  return outcome(env, result, &failure);
}

static napi_value set_arguments(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  size_t length;
  const char *text = to_text(env, list[0], &length);
  guest.arguments = text;
  guest.argument_count = 0;
  for (size_t i = 0; i < length; i++) guest.argument_count += text[i] == 0;
  return NULL;
}

static napi_value set_memory(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  void *base;
  size_t length;
  if (napi_get_arraybuffer_info(env, list[0], &base, &length) != napi_ok) abort();
  /* Requests of disks that are on their way point into it. The engine has reserved its addresses, so that it stays. */
  for (unsigned i = 0; i < guest.block_count && guest.memory.base != base; i++) {
    if (guest.blocks[i].in_flight == 0) continue;
    console_message("the engine has moved the guest's memory, which a disk is reading or writing");
    _exit(SANDBOX_STATUS);
  }
  guest.memory.base = base;
  guest.memory.length = length;
  return NULL;
}

/* Returns the choice and its reason. */
static napi_value choose_io(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  struct failure failure;
  char why[sizeof failure.text + 16], line[sizeof why + 16];
  char *how = to_text(env, list[0], NULL);
  int result = io_choose(&guest, how, why, sizeof why, &failure);
  free(how);
  if (result < 0) return outcome(env, result, &failure);
  text_format(line, sizeof line, "%s (%s)", io_name(&guest), why);
  return from_text(env, line);
}

static napi_value prepare(napi_env env, napi_callback_info info) {
  (void)info;
  struct failure failure;
  return outcome(env, tender_prepare(&guest, &failure), &failure);
}

static napi_value lock_down(napi_env env, napi_callback_info info) {
  (void)info;
  struct failure failure;
  return outcome(env, sandbox_enter(&guest, &engine_v8, &failure), &failure);
}

static napi_value explain(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  /* Three descriptors of each of so many devices: a line each, with a name. */
  static char bytes[DEVICES_MAX * 3 * 256];
  struct text t = {bytes, sizeof bytes, 0, NULL};
  bool sandbox = true;
  napi_get_value_bool(env, list[0], &sandbox);
  sandbox_explain(&t, &guest, sandbox ? &engine_v8 : NULL);
  return from_text(env, bytes);
}

static napi_value choose_statistics(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  bool json = false;
  napi_get_value_bool(env, list[0], &json);
  statistics_choose(&guest, json);
  return NULL;
}

static napi_value set_busy_poll(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  guest.busy_poll = to_u32(env, list[0]) * 1000ull;
  return NULL;
}

static napi_value trim(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  resident_trim();
  return NULL;
}

static napi_value begin(napi_env env, napi_callback_info info) {
  (void)info;
  struct failure failure;
  return outcome(env, tender_start(&guest, &failure), &failure);
}

/* ---- The native tender ------------------------------------------------------------------------------------------- */

/* Node closes descriptors that it inherits when another program takes its place; the native tender needs some. */
static napi_value inherit(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  int fd = (int)to_u32(env, list[0]), flags = fcntl(fd, F_GETFD);
  if (flags >= 0) fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC);
  return NULL;
}

/* Another program in this process's place. Returns only where that fails. */
static napi_value execute(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  size_t length, count = 0;
  char *path = to_text(env, list[0], NULL), *text = to_text(env, list[1], &length);
  for (size_t i = 0; i < length; i++) count += text[i] == 0;
  char **words = calloc(count + 2, sizeof *words);
  if (!words) abort();
  words[0] = path;
  for (size_t i = 0; i < count; i++, text += strlen(text) + 1) words[i + 1] = text;
  execv(path, words);
  struct failure failure;
  return outcome(env, FAIL(&failure, "cannot start %s: %s", path, strerror(errno)), &failure);
}

/* ---- Running ----------------------------------------------------------------------------------------------------- */

static napi_value run_pump(napi_env env, napi_callback_info info) {
  (void)info;
  return from_i32(env, pump(&guest));
}

static napi_value fault(napi_env env, napi_callback_info info) {
  (void)info;
  return from_text(env, guest.memory.fault);
}

static napi_value message(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  char *text = to_text(env, list[0], NULL);
  console_flush();
  console_message(text);
  free(text);
  return NULL;
}

static napi_value end(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  console_flush();
  statistics_end();
  _exit((int)to_u32(env, list[0]));
}

/* ---- Hypercalls -------------------------------------------------------------------------------------------------- */

/* A guest that faulted goes no further: the exception unwinds its stack. */
static napi_value unless_fault(napi_env env, napi_value value) {
  if (guest.memory.faulted) napi_throw_error(env, "FATA_FAULT", guest.memory.fault);
  return value;
}

static napi_value call_exit(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  fata_exit(&guest, (int32_t)to_u32(env, list[0]));
  return unless_fault(env, NULL);
}

static napi_value call_console_write(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  fata_console_write(&guest, to_u32(env, list[0]), to_u32(env, list[1]));
  return unless_fault(env, NULL);
}

static napi_value call_random(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  return unless_fault(env, from_i32(env, fata_random(&guest, to_u32(env, list[0]), to_u32(env, list[1]))));
}

static napi_value call_clock_monotonic(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value value;
  napi_create_bigint_uint64(env, fata_clock_monotonic(&guest), &value);
  return value;
}

static napi_value call_argv(napi_env env, napi_callback_info info) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  int32_t index = (int32_t)to_u32(env, list[0]);
  return unless_fault(env, from_i32(env, fata_argv(&guest, index, to_u32(env, list[1]), to_u32(env, list[2]))));
}

static napi_value call_attach(napi_env env, napi_callback_info info,
                              int32_t (*attach)(struct fata_guest *, uint32_t, uint32_t, uint32_t)) {
  napi_value list[ARGUMENTS_MAX];
  arguments_of(env, info, list);
  int32_t result = attach(&guest, to_u32(env, list[0]), to_u32(env, list[1]), to_u32(env, list[2]));
  return unless_fault(env, from_i32(env, result));
}

static napi_value call_net_attach(napi_env env, napi_callback_info info) {
  return call_attach(env, info, fata_net_attach);
}

static napi_value call_block_attach(napi_env env, napi_callback_info info) {
  return call_attach(env, info, fata_block_attach);
}

/* ---- The module -------------------------------------------------------------------------------------------------- */

static void add_function(napi_env env, napi_value object, const char *name, napi_callback call) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &value);
  napi_set_named_property(env, object, name, value);
}

/* The types of a hypercall, as "parameters:result" in the letters of abi.h. */
static void add_signature(napi_env env, napi_value object, const char *name, const char *types) {
  napi_set_named_property(env, object, name, from_text(env, types));
}

NAPI_MODULE_INIT() {
  guest.signals = guest.ring.fd = -1;
  static const struct {
    const char *name;
    napi_callback call;
  } functions[] = {
      {"addNet", add_net},         {"addBlock", add_block},       {"setArguments", set_arguments},
      {"setMemory", set_memory},   {"prepare", prepare}, {"lockDown", lock_down},
      {"begin", begin},            {"pump", run_pump},            {"fault", fault},
      {"message", message},        {"end", end},                  {"trim", trim},
      {"inherit", inherit},        {"execute", execute},
      {"explain", explain},        {"chooseStatistics", choose_statistics},
      {"setBusyPoll", set_busy_poll}, {"chooseIo", choose_io},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    add_function(env, exports, functions[i].name, functions[i].call);
  napi_value hypercalls, signatures, times;
  napi_create_object(env, &hypercalls);
  napi_create_object(env, &signatures);
#define ADD(name, parameters, result)                   \
  add_function(env, hypercalls, #name, call_##name);    \
  add_signature(env, signatures, #name, parameters ":" result);
  FATA_HYPERCALLS(ADD)
#undef ADD
  napi_set_named_property(env, exports, "hypercalls", hypercalls);
  napi_set_named_property(env, exports, "signatures", signatures);
  /* The core's own times, which JavaScript reads and writes without a call. */
  napi_create_external_arraybuffer(env, &guest.times, sizeof guest.times, NULL, NULL, &times);
  napi_set_named_property(env, exports, "times", times);
  return exports;
}
