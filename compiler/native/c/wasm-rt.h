/* What the C code that wasm2c writes expects of its runtime (wabt's wasm-rt.h is not in the npm package; this one is our
 * own): one memory at a fixed address whose bounds are guard pages, tables of fixed size, no libc. */
#ifndef FATA_WASM_RT_H
#define FATA_WASM_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../../runtime/abi/native-abi.h"
#include "macros.h"

#define WABT_BIG_ENDIAN 0
#define WASM_RT_USE_SEGUE 0
#define WASM_RT_SANITY_CHECKS 0
/* An access out of bounds faults; the stack ends with a guard page, too. */
#define WASM_RT_MEMCHECK_GUARD_PAGES 1
#define WASM_RT_STACK_DEPTH_COUNT 0

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define wasm_rt_memcpy __builtin_memcpy

/* The last two are of our own macros. */
typedef enum {
  WASM_RT_TRAP_NONE = 0,
  WASM_RT_TRAP_OOB = FATA_TRAP_OUT_OF_BOUNDS,
  WASM_RT_TRAP_INT_OVERFLOW = FATA_TRAP_DIVIDE_OVERFLOW,
  WASM_RT_TRAP_DIV_BY_ZERO = FATA_TRAP_DIVIDE_BY_ZERO,
  WASM_RT_TRAP_INVALID_CONVERSION = FATA_TRAP_INVALID_CONVERSION,
  WASM_RT_TRAP_UNREACHABLE = FATA_TRAP_UNREACHABLE,
  WASM_RT_TRAP_CALL_INDIRECT = FATA_TRAP_INDIRECT_CALL,
  WASM_RT_TRAP_TABLE_INDEX = FATA_TRAP_TABLE_INDEX,
  WASM_RT_TRAP_REM_BY_ZERO = FATA_TRAP_REMAINDER_BY_ZERO,
} wasm_rt_trap_t;

typedef enum {
  WASM_RT_I32,
  WASM_RT_I64,
  WASM_RT_F32,
  WASM_RT_F64,
  WASM_RT_V128,
  WASM_RT_FUNCREF,
  WASM_RT_EXTERNREF,
} wasm_rt_type_t;

/* Linear memory, at an address that no x86_64 instruction can hold: a compiler that knows it makes a constant of 64 bits of
 * it and of each offset to it. In a register that is set aside, it and an offset are part of the access: the code is 8 %
 * smaller, and sha256 5 % faster (npm run bench -- --only=compute). What calls the image may use the register otherwise. */
#if defined(__x86_64__) && !defined(__clang__)
register uint8_t *fata_memory __asm__("r14");
#define WITH_MEMORY(call)                           \
  do {                                              \
    uint8_t *callers = fata_memory;                 \
    fata_memory = (uint8_t *)FATA_NATIVE_MEMORY;    \
    call;                                           \
    fata_memory = callers;                          \
  } while (0)
#else
#define fata_memory ((uint8_t *)FATA_NATIVE_MEMORY)
#define WITH_MEMORY(call) call
#endif

/* `data` is always FATA_NATIVE_MEMORY. */
typedef struct {
  uint8_t *data;
  uint64_t pages, max_pages, size;
} wasm_rt_memory_t;

/* 32 bytes that stand for the function's parameters and results. */
typedef const char *wasm_rt_func_type_t;
typedef void (*wasm_rt_function_ptr_t)(void);
/* Tail calls are not enabled: a member that stays empty. */
typedef struct {
  void (*fn)(void **instance, void *stack, void *next);
} wasm_rt_tailcallee_t;

typedef struct {
  wasm_rt_func_type_t func_type;
  wasm_rt_function_ptr_t func;
  wasm_rt_tailcallee_t func_tailcallee;
  void *module_instance;
} wasm_rt_funcref_t;
#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){0})

typedef struct {
  wasm_rt_funcref_t *data;
  uint32_t max_size, size;
} wasm_rt_funcref_table_t;

typedef void *wasm_rt_externref_t;
#define wasm_rt_externref_null_value ((wasm_rt_externref_t)0)
typedef struct {
  wasm_rt_externref_t *data;
  uint32_t max_size, size;
} wasm_rt_externref_table_t;

_Noreturn void wasm_rt_trap(wasm_rt_trap_t code);

/* The memory's first pages are there already: the tender made them. */
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint64_t initial, uint64_t maximum, bool is64, uint32_t page);
uint64_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint64_t pages);
void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t size, uint32_t maximum);

/* An image lives as long as its process: nothing is given back. */
static inline bool wasm_rt_is_initialized(void) { return true; }
static inline void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; }
static inline void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table) { (void)table; }

#endif
