#define _GNU_SOURCE
#include "inside.h"

#include <elf.h>
#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)
#define FIXED (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE)

/* More than a page: the tender's own functions, which run on this stack too, touch it less regularly than the image. */
#define GUARD 0x10000u

static const struct guest_code *code;
static struct fata_guest *guest;
static uint8_t *stack;

/* ---- What the guest calls ---------------------------------------------------------------------------------------- */

/* The guest's frame and the place in it that has called the current function. */
#define TRAP(reason)                                                                    \
  do {                                                                                  \
    const uint64_t *own = __builtin_frame_address(0);                                   \
    trap_end(reason, (uint64_t)__builtin_return_address(0) - 1, own[0]);             \
  } while (0)

/* A guest that gave a bad pointer goes no further. */
#define UNLESS_FAULT() \
  if (__builtin_expect(guest->memory.faulted, false)) TRAP(guest->memory.fault)

static void call_exit(int32_t status) {
  fata_exit(guest, status);
  UNLESS_FAULT();
}

static void call_console_write(uint32_t ptr, uint32_t len) {
  fata_console_write(guest, ptr, len);
  UNLESS_FAULT();
}

static int32_t call_argv(int32_t index, uint32_t ptr, uint32_t cap) {
  int32_t result = fata_argv(guest, index, ptr, cap);
  UNLESS_FAULT();
  return result;
}

static int32_t call_random(uint32_t ptr, uint32_t cap) {
  int32_t result = fata_random(guest, ptr, cap);
  UNLESS_FAULT();
  return result;
}

static uint64_t call_clock_monotonic(void) {
  return fata_clock_monotonic(guest);
}

static int32_t call_net_attach(uint32_t name, uint32_t length, uint32_t ring) {
  int32_t result = fata_net_attach(guest, name, length, ring);
  UNLESS_FAULT();
  return result;
}

static int32_t call_block_attach(uint32_t name, uint32_t length, uint32_t queue) {
  int32_t result = fata_block_attach(guest, name, length, queue);
  UNLESS_FAULT();
  return result;
}

static uint32_t call_memory_grow(uint32_t pages) {
  return isolation_memory_grow(&isolation_seccomp, code, pages);
}

static void call_trap(uint32_t number) {
  TRAP(trap_reason(number));
}

static const struct fata_native_table table = {
    FATA_NATIVE_TABLE_MAGIC, FATA_NATIVE_VERSION, call_exit,         call_console_write, call_argv, call_random,
    call_clock_monotonic,    call_net_attach,     call_block_attach, call_memory_grow,   call_trap,
};

/* ---- The address space ------------------------------------------------------------------------------------------- */

static size_t round_up(size_t length) {
  size_t page = getauxval(AT_PAGESZ);
  return (length + page - 1) / page * page;
}

/* Memory at a fixed address with `content` in it, then protected. Returns NULL where the place is taken. */
static void *place(uint64_t address, size_t length, struct span content, int protection) {
  void *at = mmap((void *)address, round_up(length), READ_WRITE, FIXED | MAP_POPULATE, -1, 0);
  if (at == MAP_FAILED) return NULL;
  /* Kernels before 4.17 take the address for a hint. */
  if ((uint64_t)at != address) {
    errno = EEXIST;
    return NULL;
  }
  memcpy(at, content.bytes, content.length);
  if (protection & PROT_EXEC) __builtin___clear_cache(at, (char *)at + length);
  return mprotect(at, round_up(length), protection) < 0 ? NULL : at;
}

static int load_segments(const struct native_image *image, struct failure *failure) {
  for (size_t i = 0; i < image->segment_count; i++) {
    const struct native_segment *s = &image->segments[i];
    int protection = (s->flags & PF_X ? PROT_EXEC : 0) | (s->flags & PF_W ? PROT_WRITE : 0) |
                     (s->flags & PF_R ? PROT_READ : 0);
    if (!place(s->address, s->memory_size, s->content, protection))
      return FAIL(failure, "cannot load the native code at 0x%llx: %s", (unsigned long long)s->address,
                  strerror(errno));
  }
  return 0;
}

static int reserve_memory(uint32_t initial, struct failure *failure) {
  void *at = mmap((void *)FATA_NATIVE_MEMORY, FATA_NATIVE_MEMORY_RESERVED, PROT_NONE, FIXED | MAP_NORESERVE, -1, 0);
  if (at != (void *)FATA_NATIVE_MEMORY)
    return FAIL(failure, "cannot reserve 8 GiB of addresses for the guest's memory: %s; lift the limit: "
                "ulimit -v unlimited", strerror(at == MAP_FAILED ? errno : EEXIST));
  if (initial > 0 && mprotect(at, (size_t)initial * WASM_PAGE, READ_WRITE) < 0)
    return FAIL(failure, "cannot give the guest its memory of %u KiB: %s", initial * 64, strerror(errno));
  guest->memory.base = at;
  guest->memory.length = (uint64_t)initial * WASM_PAGE;
  return 0;
}

static int load(const struct guest_code *c, struct failure *failure) {
  code = c;
  guest = c->guest;
  struct span content = {(const uint8_t *)&table, sizeof table};
  if (!place(FATA_NATIVE_TABLE, sizeof table, content, PROT_READ))
    return FAIL(failure, "cannot map the table of hypercalls: %s", strerror(errno));
  if (load_segments(c->image, failure) < 0 || reserve_memory(c->initial, failure) < 0) return -1;
  stack = mmap(NULL, GUARD + FATA_NATIVE_STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED || mprotect(stack + GUARD, FATA_NATIVE_STACK_SIZE, READ_WRITE) < 0)
    return FAIL(failure, "cannot map the guest's stack: %s", strerror(errno));
  return inside_catch(failure);
}

/* Always from the memory's beginning: so the sandbox can pin the address, and the length to the limit. */
static bool grow(uint64_t length) {
  return mprotect(guest->memory.base, length, READ_WRITE) == 0;
}

static struct sandbox_engine needs(void) {
  return engine_native(FATA_NATIVE_MEMORY, (uint64_t)code->limit * WASM_PAGE);
}

void inside_guard(struct fault *fault) {
  fault->guard = (uint64_t)stack;
  fault->guard_length = GUARD;
}

bool inside_stack_word(uint64_t address, uint64_t *word) {
  if (address % 8 != 0 || address - (uint64_t)stack - GUARD > FATA_NATIVE_STACK_SIZE - 8) return false;
  *word = *(const uint64_t *)address;
  return true;
}

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

/* Calls `function(a, b)` with the stack pointer at `top`. The frame pointer leads back to our own stack. */
uint64_t inside_switch(const void *function, uint64_t a, uint64_t b, void *top);

#if defined(__x86_64__)
__asm__(".text\n.type inside_switch, @function\ninside_switch:\n"
        "  push %rbp\n"
        "  mov %rsp, %rbp\n"
        "  mov %rdi, %rax\n"
        "  mov %rsi, %rdi\n"
        "  mov %rdx, %rsi\n"
        "  mov %rcx, %rsp\n"
        "  call *%rax\n"
        "  mov %rbp, %rsp\n"
        "  pop %rbp\n"
        "  ret\n"
        ".size inside_switch, . - inside_switch\n");
#else
__asm__(".text\n.type inside_switch, %function\ninside_switch:\n"
        "  stp x29, x30, [sp, #-16]!\n"
        "  mov x29, sp\n"
        "  mov x9, x0\n"
        "  mov x0, x1\n"
        "  mov x1, x2\n"
        "  mov sp, x3\n"
        "  blr x9\n"
        "  mov sp, x29\n"
        "  ldp x29, x30, [sp], #16\n"
        "  ret\n"
        ".size inside_switch, . - inside_switch\n");
#endif

static uint64_t call(const void *function, uint64_t a, uint64_t b) {
  return inside_switch(function, a, b, stack + GUARD + FATA_NATIVE_STACK_SIZE);
}

const struct isolation isolation_seccomp = {
    .name = "seccomp",
    .load = load,
    .needs = needs,
    .call = call,
    .grow = grow,
    .stack_word = inside_stack_word,
};
