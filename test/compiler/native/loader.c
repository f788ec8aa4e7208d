/* A loader of native images for tests, without any isolation: docs/native-abi.md in its smallest form.
 *
 *     loader ELF INITIAL MAXIMUM      pages of linear memory
 *
 * It reads commands from standard input, a line each:
 *     start NOW WALL | step NOW WALL | event KIND     prints the result in hexadecimal, or `trap CODE` and function names
 *     memory INITIAL MAXIMUM                          gives linear memory so many zeroed pages
 *     run                                             start, then steps on a simulated clock until the image exits */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <elf.h>

#include "../../../runtime/abi/native-abi.h"

#define PAGE 0x10000u
#define MEMORY ((uint8_t *)FATA_NATIVE_MEMORY)
#define NEVER UINT64_MAX

static uint8_t *file;
static const struct fata_native_entry *entry;
static uint8_t *stack;
static uint64_t pages, maximum, simulated_now;
static sigjmp_buf back;
static char trapped[1024];

static _Noreturn void fail(const char *why) {
  printf("loader: %s\n", why);
  exit(99);
}

// ---- Stack traces ---------------------------------------------------------------------------------------------------

static void name_function(uint64_t address) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + header->e_shoff);
  const Elf64_Sym *symbols = (const Elf64_Sym *)(file + sections[1].sh_offset);
  const char *names = (const char *)file + sections[2].sh_offset;
  for (uint64_t i = 1; i < sections[1].sh_size / sizeof *symbols; i++)
    if (address - symbols[i].st_value < symbols[i].st_size)
      snprintf(trapped + strlen(trapped), sizeof trapped - strlen(trapped), " %s", names + symbols[i].st_name);
}

static _Noreturn void end_call(unsigned code, uint64_t address, const uint64_t *frame) {
  snprintf(trapped, sizeof trapped, "trap %u", code);
  name_function(address);
  for (int depth = 0; depth < 8; depth++) {
    const uint8_t *at = (const uint8_t *)frame;
    if (at < stack || at > stack + FATA_NATIVE_STACK_SIZE - 16) break;
    name_function(frame[1] - 1);
    frame = (const uint64_t *)frame[0];
  }
  siglongjmp(back, 1);
}

static void on_fault(int number, siginfo_t *info, void *context) {
  const ucontext_t *state = context;
#ifdef __x86_64__
  uint64_t pc = (uint64_t)state->uc_mcontext.gregs[REG_RIP], frame = (uint64_t)state->uc_mcontext.gregs[REG_RBP];
#else
  uint64_t pc = state->uc_mcontext.pc, frame = state->uc_mcontext.regs[29];
#endif
  uint64_t address = (uint64_t)info->si_addr;
  if (number != SIGFPE && address - FATA_NATIVE_MEMORY < FATA_NATIVE_MEMORY_RESERVED)
    end_call(FATA_TRAP_OUT_OF_BOUNDS, pc, (const uint64_t *)frame);
  if (number != SIGFPE && (uint64_t)stack - address <= PAGE)
    end_call(FATA_TRAP_STACK_EXHAUSTED, pc, (const uint64_t *)frame);
  end_call(1000u + (unsigned)number, pc, (const uint64_t *)frame);
}

// ---- Hypercalls -----------------------------------------------------------------------------------------------------

static void hypercall_exit(int32_t status) {
  fflush(stdout);
  _Exit(status);
}
static void console_write(uint32_t ptr, uint32_t len) { fwrite(MEMORY + ptr, 1, len, stdout); }
static int32_t no_argv(int32_t index, uint32_t ptr, uint32_t cap) { return (void)index, (void)ptr, (void)cap, -1; }
static int32_t fixed_random(uint32_t ptr, uint32_t cap) { return memset(MEMORY + ptr, 7, cap), (int32_t)cap; }
static uint64_t clock_monotonic(void) { return simulated_now; }
static int32_t no_device(uint32_t name, uint32_t len, uint32_t ring) { return (void)name, (void)len, (void)ring, -1; }

static uint32_t memory_grow(uint32_t delta) {
  if (delta > maximum - pages) return UINT32_MAX;
  if (mprotect(MEMORY + pages * PAGE, (uint64_t)delta * PAGE, PROT_READ | PROT_WRITE)) return UINT32_MAX;
  pages += delta;
  return (uint32_t)(pages - delta);
}

static void trap(uint32_t code) { end_call(code, 0, __builtin_frame_address(0)); }

// ---- Loading --------------------------------------------------------------------------------------------------------

static void *map(uint64_t address, uint64_t size, int protection) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (address ? MAP_FIXED_NOREPLACE : 0);
  void *at = mmap((void *)address, size, protection, flags, -1, 0);
  if (at == MAP_FAILED || (address && at != (void *)address)) fail("an address of the layout is taken");
  return at;
}

static void load(const char *path) {
  FILE *in = fopen(path, "rb");
  if (!in) fail("no such file");
  fseek(in, 0, SEEK_END);
  long size = ftell(in);
  rewind(in);
  file = malloc((size_t)size);
  if (!file || fread(file, 1, (size_t)size, in) != (size_t)size) fail("cannot read the file");
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
  for (int i = 0; i < header->e_phnum; i++) {
    const Elf64_Phdr *segment = (const Elf64_Phdr *)(file + header->e_phoff) + i;
    uint64_t length = (segment->p_memsz + PAGE - 1) / PAGE * PAGE;
    uint8_t *at = map(segment->p_vaddr, length, PROT_READ | PROT_WRITE);
    memcpy(at, file + segment->p_offset, segment->p_filesz);
    __builtin___clear_cache((char *)at, (char *)at + segment->p_filesz);
    int protection = (segment->p_flags & PF_R ? PROT_READ : 0) | (segment->p_flags & PF_W ? PROT_WRITE : 0) |
                     (segment->p_flags & PF_X ? PROT_EXEC : 0);
    mprotect(at, length, protection);
  }
  entry = (const struct fata_native_entry *)header->e_entry;
  if (entry->magic != FATA_NATIVE_ENTRY_MAGIC || entry->version != FATA_NATIVE_VERSION) fail("no entry");
}

// ---- Calls on the image's own stack ---------------------------------------------------------------------------------

static uint64_t result;
static char verb[8];
static uint64_t first, second;
static ucontext_t here, there;

static void call(void) {
  if (!strcmp(verb, "start")) result = entry->start(first, second);
  else if (!strcmp(verb, "step")) result = entry->step(first, second);
  else if (!strcmp(verb, "event")) entry->event((int32_t)first), result = 0;
  else if (!strcmp(verb, "init")) entry->init(), result = 0;
  else fail("no such command");
}

/* Returns whether the call came to its end. */
static int call_image(const char *function, uint64_t one, uint64_t two) {
  snprintf(verb, sizeof verb, "%s", function);
  first = one, second = two;
  if (sigsetjmp(back, 1)) return 0;
  getcontext(&there);
  there.uc_stack.ss_sp = stack;
  there.uc_stack.ss_size = FATA_NATIVE_STACK_SIZE;
  there.uc_link = &here;
  makecontext(&there, call, 0);
  swapcontext(&here, &there);
  return 1;
}

/* Linear memory as it is before an image's first call. */
static void new_memory(uint64_t initial, uint64_t most) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  if (mmap(MEMORY, FATA_NATIVE_MEMORY_RESERVED, PROT_NONE, flags, -1, 0) != MEMORY) fail("cannot reserve memory");
  if (initial && mprotect(MEMORY, initial * PAGE, PROT_READ | PROT_WRITE)) fail("no memory");
  pages = initial, maximum = most;
}

static void run(void) {
  if (!call_image("start", 0, 0)) fail(trapped);
  while (result != NEVER) {
    if (result > simulated_now) simulated_now = result;
    if (!call_image("step", simulated_now, simulated_now)) fail(trapped);
  }
  fail("the image waits for ever");
}

int main(int argc, char **argv) {
  if (argc != 4) fail("expected ELF INITIAL MAXIMUM");
  load(argv[1]);
  map(FATA_NATIVE_MEMORY, FATA_NATIVE_MEMORY_RESERVED, PROT_NONE);
  new_memory(strtoull(argv[2], 0, 10), strtoull(argv[3], 0, 10));
  struct fata_native_table *table = map(FATA_NATIVE_TABLE, PAGE, PROT_READ | PROT_WRITE);
  *table = (struct fata_native_table){
      FATA_NATIVE_TABLE_MAGIC, FATA_NATIVE_VERSION, hypercall_exit, console_write, no_argv,     fixed_random,
      clock_monotonic,         no_device,           no_device,      memory_grow,   trap,
  };
  mprotect(table, PAGE, PROT_READ);
  stack = (uint8_t *)map(0, PAGE + FATA_NATIVE_STACK_SIZE, PROT_NONE) + PAGE;
  mprotect(stack, FATA_NATIVE_STACK_SIZE, PROT_READ | PROT_WRITE);
  stack_t alternate = {.ss_sp = malloc(PAGE), .ss_size = PAGE};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  for (int i = 0; i < 5; i++) sigaction(faults[i], &action, 0);
  if (!call_image("init", 0, 0)) fail(trapped);

  char line[128], word[8];
  while (fgets(line, sizeof line, stdin)) {
    unsigned long long one = 0, two = 0;
    if (sscanf(line, "%7s %llx %llx", word, &one, &two) < 1) fail("expected a command");
    if (!strcmp(word, "run")) run();
    if (!strcmp(word, "memory")) {
      new_memory(one, two);
      continue;
    }
    if (call_image(word, one, two)) printf("%llx\n", (unsigned long long)result);
    else printf("%s\n", trapped);
  }
}
