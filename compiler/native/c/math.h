/* What wasm2c uses of <math.h>. The arguments of the functions that round are no NaN: wasm2c's code has looked. */
#ifndef FATA_MATH_H
#define FATA_MATH_H

#include <stdint.h>

#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()
#define isnan(x) __builtin_isnan(x)
#define signbit(x) __builtin_signbit(x)
#define copysign __builtin_copysign
#define copysignf __builtin_copysignf
#define fabs __builtin_fabs
#define fabsf __builtin_fabsf
/* One instruction on each architecture, with -fno-math-errno. */
#define sqrt __builtin_sqrt
#define sqrtf __builtin_sqrtf

#ifdef __aarch64__
#define floor __builtin_floor
#define floorf __builtin_floorf
#define ceil __builtin_ceil
#define ceilf __builtin_ceilf
#define trunc __builtin_trunc
#define truncf __builtin_truncf
#define nearbyint __builtin_nearbyint
#define nearbyintf __builtin_nearbyintf
#else

/* The x86_64 of 2003 rounds with no instruction but the conversion to an integer and back, and there is no libm. From
 * 2^52 (2^23) on each number is whole. Below, adding and taking away that number rounds to nearest, ties to even, in the
 * rounding mode that images run in; what is left is to step by one towards the wanted side. The sign is put back for the
 * zeroes. -frounding-math keeps the compiler from simplifying the sum away. */
#define FATA_ROUNDING(type, suffix, whole)                                                          \
  static inline type nearbyint##suffix(type x) {                                                    \
    if (!(__builtin_fabs##suffix(x) < whole)) return x;                                             \
    type size = __builtin_copysign##suffix(whole, x);                                               \
    type rounded = (x + size) - size;                                                               \
    return __builtin_copysign##suffix(rounded, x);                                                  \
  }                                                                                                 \
  static inline type floor##suffix(type x) {                                                        \
    type near = nearbyint##suffix(x);                                                               \
    return near > x ? near - 1 : near;                                                              \
  }                                                                                                 \
  static inline type ceil##suffix(type x) {                                                         \
    type near = nearbyint##suffix(x);                                                               \
    return __builtin_copysign##suffix(near < x ? near + 1 : near, x);                               \
  }                                                                                                 \
  static inline type trunc##suffix(type x) {                                                        \
    type near = nearbyint##suffix(__builtin_fabs##suffix(x));                                       \
    return __builtin_copysign##suffix(near > __builtin_fabs##suffix(x) ? near - 1 : near, x);       \
  }
FATA_ROUNDING(double, , 0x1p52)
FATA_ROUNDING(float, f, 0x1p23f)
#undef FATA_ROUNDING
#endif

#endif
