/* memcpy, memmove, memset and memcmp: wasm2c's bulk operations, data segments and the compiler itself call them. */
#include <string.h>

#include <stdint.h>

/* Else the compiler finds that these loops are memcpy and memset, and calls them. clang leaves -ffreestanding alone. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

typedef uint64_t __attribute__((may_alias, aligned(1))) word;
typedef uint8_t __attribute__((vector_size(16), may_alias, aligned(1))) block;

void *memcpy(void *restrict to, const void *restrict from, size_t length) { return memmove(to, from, length); }

/* Both ends are loaded before anything is stored where the length allows it; longer ones go block by block, in the
 * direction in which no byte is overwritten before it is read. */
void *memmove(void *to, const void *from, size_t length) {
  uint8_t *out = to;
  const uint8_t *in = from;
  if (length >= 16) {
    block first = *(const block *)in, last = *(const block *)(in + length - 16);
    if ((uintptr_t)out - (uintptr_t)in >= length)
      for (size_t at = 16; at + 16 < length; at += 16) *(block *)(out + at) = *(const block *)(in + at);
    else
      for (size_t end = length - 16; end > 16; end -= 16) *(block *)(out + end - 16) = *(const block *)(in + end - 16);
    *(block *)out = first;
    *(block *)(out + length - 16) = last;
  } else if (length >= 8) {
    word first = *(const word *)in, last = *(const word *)(in + length - 8);
    *(word *)out = first;
    *(word *)(out + length - 8) = last;
  } else if ((uintptr_t)out - (uintptr_t)in >= length) {
    for (size_t at = 0; at < length; at++) out[at] = in[at];
  } else {
    for (size_t at = length; at > 0; at--) out[at - 1] = in[at - 1];
  }
  return to;
}

void *memset(void *to, int byte, size_t length) {
  uint8_t *out = to;
  if (length < 16) {
    for (size_t at = 0; at < length; at++) out[at] = (uint8_t)byte;
    return to;
  }
  const block all = (block){0} + (uint8_t)byte;
  for (size_t at = 0; at + 16 < length; at += 16) *(block *)(out + at) = all;
  *(block *)(out + length - 16) = all;
  return to;
}

int memcmp(const void *left, const void *right, size_t length) {
  const uint8_t *one = left, *other = right;
  for (size_t at = 0; at < length; at++)
    if (one[at] != other[at]) return one[at] - other[at];
  return 0;
}
