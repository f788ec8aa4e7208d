/*
 * A guest in C, linked at the native layout, that tries to get out: what the image argument --do=... says, which
 * escape.test.ts writes. The words of it:
 *
 *   call NUMBER A B C D E F   a system call, hexadecimal; `d` is the address of a buffer, `m` of linear memory. Its
 *                             result is printed
 *   fill VALUE                puts a word into the buffer
 *   wreck FROM TO             overwrites memory of the tender's
 *   descend BYTES             touches the tender's own stack, downwards
 *   wait                      does nothing for years
 *   search                    looks for the word SEARCHED in the tender's own stack, upwards; ends with status 9 at it
 */
#include <stddef.h>

#include "../../../runtime/abi/native-abi.h"

static const struct fata_native_table *const table = (const struct fata_native_table *)FATA_NATIVE_TABLE;
static char *const memory = (char *)FATA_NATIVE_MEMORY;

static char buffer[4096] __attribute__((aligned(8)));
static char words[1024];
static const char *at;

static long call(const long *n) {
#ifdef __x86_64__
  register long d __asm__("r10") = n[4], e __asm__("r8") = n[5], f __asm__("r9") = n[6];
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(n[0]), "D"(n[1]), "S"(n[2]), "d"(n[3]), "r"(d), "r"(e), "r"(f)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = n[0], x0 __asm__("x0") = n[1], x1 __asm__("x1") = n[2], x2 __asm__("x2") = n[3];
  register long x3 __asm__("x3") = n[4], x4 __asm__("x4") = n[5], x5 __asm__("x5") = n[6];
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#endif
}

static long number(void) {
  long value = 0;
  while (*at == ' ') at++;
  if (*at == 'd' && (at[1] == ' ' || at[1] == 0)) return at++, (long)buffer;
  if (*at == 'm') return at++, (long)memory;
  for (; *at && *at != ' '; at++) value = value << 4 | (*at <= '9' ? *at - '0' : *at - 'a' + 10);
  return value;
}

static void print(const char *text) {
  int length = 0;
  for (; text[length]; length++) memory[length] = text[length];
  table->console_write(0, (uint32_t)length);
}

static void print_number(long value) {
  char digits[24];
  int i = sizeof digits - 1;
  unsigned long n = value < 0 ? -(unsigned long)value : (unsigned long)value;
  digits[i] = 0;
  digits[--i] = '\n';
  do digits[--i] = (char)('0' + n % 10);
  while (n /= 10);
  if (value < 0) digits[--i] = '-';
  print(digits + i);
}

/* An address on the stack of the tender, which has called start() on another one. */
static char *tender_stack(void) { return ((char **)__builtin_frame_address(0))[0]; }

__attribute__((noinline)) static void search(char *from) {
  static const char word[] = "SEARCHED";
  for (;; from++) {
    int i = 0;
    while (word[i] && from[i] == word[i]) i++;
    if (!word[i]) table->exit(9);
  }
}

static uint64_t start(uint64_t now, uint64_t wall) {
  char *stack = tender_stack();
  (void)now, (void)wall;
  int length = table->argv(0, 0, sizeof words - 1);
  for (int i = 0; i < length; i++) words[i] = memory[i];
  at = words + sizeof "--do=" - 1;
  print("words\n");
  while (*at) {
    while (*at == ' ') at++;
    char first = *at;
    while (*at && *at != ' ') at++;
    if (first == 'c') {
      long n[7];
      for (int i = 0; i < 7; i++) n[i] = number();
      print_number(call(n));
    } else if (first == 'w' && at[-1] == 'k') {
      volatile char *from = (volatile char *)number(), *to = (volatile char *)number();
      while (from < to) *from++ = (char)0xa5;
    } else if (first == 'f') {
      ((long *)buffer)[0] = number();
    } else if (first == 'd') {
      for (long left = number(); left > 0; left -= 4096) *(volatile char *)(stack -= 4096) = 1;
    } else if (first == 's') {
      search(stack);
    } else {
      return UINT64_MAX - 1;
    }
  }
  table->exit(7);
  return 0;
}

static void init(void) {}
static void event(int32_t kind) { (void)kind; }

__attribute__((used)) const struct fata_native_entry entry = {
    FATA_NATIVE_ENTRY_MAGIC, FATA_NATIVE_VERSION, init, start, start, event,
};
