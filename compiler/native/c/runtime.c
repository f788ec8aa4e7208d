/* The part of a native image that is the same in all: its entry, the runtime of wasm2c's code, the hypercalls. */
#include "image.h"

#include "wasm-rt.h"

/* The tender fills the table before it calls the image; it never changes then. */
static const struct fata_native_table *const table = (const struct fata_native_table *)FATA_NATIVE_TABLE;

static w2c_image image;

// ---- Entry ---------------------------------------------------------------------------------------------------------

static void init(void) { WITH_MEMORY(wasm2c_image_instantiate(&image, 0)); }

static uint64_t start(uint64_t now, uint64_t wall) {
  uint64_t deadline;
  WITH_MEMORY(deadline = w2c_image_start(&image, now, wall));
  return deadline;
}

static uint64_t step(uint64_t now, uint64_t wall) {
  uint64_t deadline;
  WITH_MEMORY(deadline = w2c_image_step(&image, now, wall));
  return deadline;
}

static void event(int32_t kind) { WITH_MEMORY(w2c_image_event(&image, (u32)kind)); }

__attribute__((used)) const struct fata_native_entry entry = {
    FATA_NATIVE_ENTRY_MAGIC, FATA_NATIVE_VERSION, init, start, step, event,
};

// ---- wasm2c's runtime ----------------------------------------------------------------------------------------------

_Noreturn void wasm_rt_trap(wasm_rt_trap_t code) {
  table->trap(code);
  __builtin_trap(); /* a tender that returns is no tender */
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t initial, uint64_t maximum, bool is64, uint32_t page) {
  (void)is64; /* the compiler enables neither 64-bit memories nor other page sizes */
  memory->data = (uint8_t *)FATA_NATIVE_MEMORY;
  memory->pages = initial;
  memory->max_pages = maximum;
  memory->size = initial * page;
}

/* Returns what memory.grow gives: the pages before, or -1, whose low 32 bits count. */
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages) {
  uint64_t before = memory->pages;
  if (pages > memory->max_pages - before) return (uint64_t)-1;
  if (pages != 0 && table->memory_grow((uint32_t)pages) == UINT32_MAX) return (uint64_t)-1;
  memory->pages = before + pages;
  memory->size = memory->pages << 16;
  return before;
}

/* The translator sets FATA_TABLE_SIZE to the sum of all tables' sizes: nothing grows at run time. */
#if FATA_TABLE_SIZE > 0
static wasm_rt_funcref_t references[FATA_TABLE_SIZE];
static uint32_t references_used;

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *funcrefs, uint32_t size, uint32_t maximum) {
  funcrefs->data = references + references_used;
  funcrefs->size = size;
  funcrefs->max_size = maximum;
  references_used += size;
}
#endif

#ifdef __x86_64__
/* gcc calls this where the processor may lack the instruction. */
int __popcountdi2(long bits) {
  uint64_t x = (uint64_t)bits;
  x -= x >> 1 & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return (int)(x * 0x0101010101010101 >> 56);
}
#endif

// ---- Hypercalls ----------------------------------------------------------------------------------------------------

struct w2c_tender;

void w2c_tender_exit(struct w2c_tender *tender, u32 status) {
  (void)tender;
  table->exit((int32_t)status);
  __builtin_trap();
}

void w2c_tender_console_write(struct w2c_tender *tender, u32 ptr, u32 len) {
  (void)tender;
  table->console_write(ptr, len);
}

u32 w2c_tender_argv(struct w2c_tender *tender, u32 index, u32 ptr, u32 cap) {
  (void)tender;
  return (u32)table->argv((int32_t)index, ptr, cap);
}

u32 w2c_tender_random(struct w2c_tender *tender, u32 ptr, u32 cap) {
  (void)tender;
  return (u32)table->random(ptr, cap);
}

u64 w2c_tender_clock_monotonic(struct w2c_tender *tender) {
  (void)tender;
  return table->clock_monotonic();
}

u32 w2c_tender_net_attach(struct w2c_tender *tender, u32 name, u32 name_len, u32 ring) {
  (void)tender;
  return (u32)table->net_attach(name, name_len, ring);
}

u32 w2c_tender_block_attach(struct w2c_tender *tender, u32 name, u32 name_len, u32 queue) {
  (void)tender;
  return (u32)table->block_attach(name, name_len, queue);
}
