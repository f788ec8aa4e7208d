/* Macros that stand for some of wasm2c's own, which translate.ts takes out: the same but for what the comments say; and
 * one for large data. What they use of wasm2c's (TRAP, func_types_eq) is defined where they are expanded. */
#ifndef FATA_MACROS_H
#define FATA_MACROS_H

/* The base of linear memory is known (wasm-rt.h): else it would be loaded again after each store, which might have changed
 * it for all that the C compiler knows. */
#define MEM_ADDR(mem, addr, n) (&fata_memory[addr])

// ---- Traps, told apart as V8 does -----------------------------------------------------------------------------------

/* For tables, too, which have a trap of their own. */
#define RANGE_CHECK(of, offset, len)                                                                       \
  do {                                                                                                     \
    uint64_t end;                                                                                          \
    if (UNLIKELY(__builtin_add_overflow((uint64_t)(offset), (uint64_t)(len), &end) || end > (of)->size))   \
      wasm_rt_trap(_Generic(*(of), wasm_rt_memory_t: WASM_RT_TRAP_OOB, default: WASM_RT_TRAP_TABLE_INDEX)); \
  } while (0);

/* An index past the table is another trap than a function that does not fit. */
#define CHECK_CALL_INDIRECT(table, ft, x)                                                        \
  ((LIKELY((x) < table.size) || TRAP(TABLE_INDEX)),                                               \
   (LIKELY(table.data[x].func && func_types_eq(ft, table.data[x].func_type)) || TRAP(CALL_INDIRECT)))

/* Remainders have a trap apart from quotients. */
#define REM_S(ut, min, x, y)                                 \
  ((UNLIKELY((y) == 0))                  ? TRAP(REM_BY_ZERO) \
   : (UNLIKELY((x) == min && (y) == -1)) ? 0                 \
                                         : (ut)((x) % (y)))
#define REM_U(x, y) ((UNLIKELY((y) == 0)) ? TRAP(REM_BY_ZERO) : ((x) % (y)))

/* A number that is too large is as bad as a NaN, and no overflow of a division. */
#define TRUNC_S(ut, st, ft, min, minop, max, x) \
  (UNLIKELY(!((x)minop(min) && (x) < (max))) ? TRAP(INVALID_CONVERSION) : (ut)(st)(x))
#define TRUNC_U(ut, ft, max, x) (UNLIKELY(!((x) > (ft) - 1 && (x) < (max))) ? TRAP(INVALID_CONVERSION) : (ut)(x))

// ---- Data -----------------------------------------------------------------------------------------------------------

/* Bytes of a file (compiler/native/data.ts) as an array; the path is from where the compiler runs. */
#define DATA_FILE(name, file)                                                                             \
  extern const uint8_t name[];                                                                            \
  __asm__(".section .rodata." #name ",\"a\"\n.balign 16\n" #name ":\n.incbin \"" file "\"\n.previous");

#endif
