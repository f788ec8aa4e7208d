/*
 * A guest in C, linked at the native layout, that does what native code must not: the image argument --case=NAME says
 * what. protection.test.ts says how it ends.
 */
#include <stddef.h>
#include <sys/syscall.h>

#include "../../../runtime/abi/native-abi.h"

static const struct fata_native_table *const table = (const struct fata_native_table *)FATA_NATIVE_TABLE;
static char *const memory = (char *)FATA_NATIVE_MEMORY;

static char data[64] = {1};
static const char constants[64] = {1};
static volatile int sink;

static long call(long number, long a, long b, long c) {
#ifdef __x86_64__
  register long d __asm__("r10") = 0;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d) : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = 0;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#endif
}

static int is(const char *name) {
  char argument[64] = {0};
  table->argv(0, 0, sizeof argument);
  for (int i = 0; i < (int)sizeof argument; i++) argument[i] = memory[i];
  const char *given = argument + sizeof "--case=" - 1;
  while (*name && *given == *name) name++, given++;
  return *name == 0 && *given == 0;
}

static void jump(const void *to) {
  ((void (*)(void))to)();
}

__attribute__((noinline)) static int deep(int n) {
  volatile char frame[256];
  frame[n & 255] = (char)n;
  return n < 1 << 30 ? deep(n + 1) + frame[n & 255] : 0;
}

static void print(const char *text) {
  int length = 0;
  for (; text[length]; length++) memory[length] = text[length];
  table->console_write(0, (uint32_t)length);
}

/* Under kvm the exchange page is the guest's to write: nothing in it may be trusted. */
static void spoil_exchange(void) {
  for (int i = 0; i < 4096 / 8; i++) ((volatile uint64_t *)0x102000)[i] = ~0ull;
}

static uint64_t start(uint64_t now, uint64_t wall) {
  (void)now, (void)wall;
  print("words\n");
  if (is("execute data")) jump(data);
  if (is("execute memory")) jump(memory);
  if (is("execute stack")) {
    char code[16] = {0};
    jump(code);
  }
  if (is("jump nowhere")) jump((void *)0x30000000);
  if (is("write code")) *(volatile char *)start = 0;
  if (is("write constants")) *(volatile char *)constants = 0;
  if (is("write table")) *(volatile char *)FATA_NATIVE_TABLE = 0;
  if (is("read unmapped")) sink = *(volatile char *)0x30000000;
  /* What lies there under kvm (tender/native/kvm.h): the trampoline, the exchange page, the stub's pages. */
  if (is("write trampoline")) *(volatile char *)0x101000 = 0;
  if (is("execute exchange")) jump((void *)0x102000);
  if (is("page behind")) sink = *(volatile char *)0x104000;
  if (is("read vectors")) sink = *(volatile char *)0x108000;
  if (is("jump to vectors")) jump((void *)0x108000);
  if (is("write gates")) *(volatile char *)0x109100 = 0;
  if (is("write fault stack")) *(volatile char *)0x10aff8 = 0;
  /* Physical memory holds page tables from its second page on: none of it is to be seen here. */
  if (is("page tables")) sink = *(volatile char *)0x1000;
  if (is("physical memory")) sink = *(volatile char *)0x100001000;
  if (is("zero page")) sink = *(volatile char *)0;
  if (is("out of bounds")) sink = memory[0x10000];
  if (is("far out of bounds")) sink = memory[0x1ffffffffull];
  if (is("below memory")) sink = memory[-1];
  if (is("stack overflow")) sink = deep(0);
  if (is("illegal instruction")) __builtin_trap();
  if (is("unknown trap")) table->trap(99);
  if (is("bad pointer")) table->console_write(0xffffffff, 2);
  if (is("openat")) call(SYS_openat, -100, (long)"/etc/passwd", 0);
  if (is("socket")) call(SYS_socket, 2, 1, 0);
  if (is("execve")) call(SYS_execve, (long)"/bin/sh", 0, 0);
  if (is("mmap")) call(SYS_mmap, 0, 4096, 7);
  if (is("read stdin")) call(SYS_read, 0, (long)data, 1);
  if (is("write elsewhere")) call(SYS_write, 9, (long)data, 1);
  if (is("kill")) call(SYS_kill, 1, 9, 0);
  if (is("io_uring")) call(SYS_io_uring_setup, 1, (long)data, 0);
  if (is("make memory executable")) call(SYS_mprotect, (long)memory, 4096, 7);
  if (is("make code writable")) call(SYS_mprotect, 0x200000, 4096, 3);
  if (is("grow past the limit")) call(SYS_mprotect, (long)memory, 17 << 16, 3);
  if (is("grow elsewhere")) call(SYS_mprotect, (long)memory + 4096, 4096, 3);
  if (is("spoilt exchange")) {
    spoil_exchange();
    print("again\n");
    spoil_exchange();
    /* The first time it returns, and is called again. */
    if (data[1]++) table->exit(7);
    return 0;
  }
  if (is("linger")) return 3600ull * 1000000000;
  if (is("take memory")) {
    /* Within its limit of 16 pages it may do without the tender. */
    if (call(SYS_mprotect, (long)memory, 2 << 16, 3) != 0) table->exit(9);
  }
  if (is("grow to the limit")) {
    if (table->memory_grow(1) != 1) table->exit(9);
    memory[(2 << 16) - 1] = 1;
    if (table->memory_grow(14) != 2) table->exit(9);
    memory[(16 << 16) - 1] = 1;
    if (table->memory_grow(1) != UINT32_MAX || table->memory_grow(0) != 16) table->exit(8);
  }
#ifdef __x86_64__
  if (is("divide")) __asm__ volatile("xor %%ecx, %%ecx; mov $1, %%eax; cdq; idiv %%ecx" ::: "eax", "ecx", "edx");
  if (is("privileged")) __asm__ volatile("hlt");
  if (is("port")) __asm__ volatile("outb %al, $0x80");
  if (is("32 bits")) __asm__ volatile("int $0x80" ::"a"(20));
  if (is("x32")) call(0x40000000 + SYS_write, 1, (long)data, 1);
  if (is("breakpoint")) __asm__ volatile("int3");
  /* The AC flag, which the kernel leaves on in handlers of signals: there, and in hypercalls, words may be anywhere. */
  if (is("alignment")) __asm__ volatile("pushf; orl $0x40000, (%%rsp); popf; int3" ::: "memory");
  if (is("thread pointer")) __asm__ volatile("wrfsbase %0; int3" ::"r"(0l));
  if (is("call hypervisor")) __asm__ volatile("vmcall; vmmcall; int3" ::: "rax", "memory");
  if (is("control register")) __asm__ volatile("mov %%cr3, %%rax" ::: "rax");
  if (is("model register")) __asm__ volatile("wrmsr" ::"c"(0xc0000080), "a"(1), "d"(0));
  if (is("interrupt")) __asm__ volatile("int $0x20");
  if (is("interrupts off")) __asm__ volatile("cli");
  if (is("privileged selector")) __asm__ volatile("mov %0, %%ds" ::"r"(8));
  if (is("no address")) *(volatile char *)0x8000000000000000 = 0;
  /* The port next to the doorbell is the one that only the stub may ring; the doorbell's own answers nothing. */
  if (is("fault port")) __asm__ volatile("outb %al, $0x11");
  if (is("wide port")) __asm__ volatile("outl %eax, $0x10");
  if (is("input")) __asm__ volatile("inb $0x10, %%al" ::: "eax");
  if (is("system enter")) __asm__ volatile("sysenter");
  if (is("unknown hypercall")) __asm__ volatile("outb %%al, $0x10" ::"a"(77));
#else
  if (is("privileged")) __asm__ volatile("mrs x0, sctlr_el1" ::: "x0");
  if (is("hypervisor call")) __asm__ volatile("hvc 0");
  if (is("breakpoint")) __asm__ volatile("brk 0");
  if (is("thread pointer")) __asm__ volatile("msr tpidr_el0, xzr; brk 0");
  if (is("jump to odd")) jump((const char *)start + 2);
  if (is("wait for interrupt")) __asm__ volatile("wfi");
  if (is("counter")) __asm__ volatile("mrs x0, cntvct_el0" ::: "x0");
  if (is("clean a cache")) __asm__ volatile("ic ivau, %0" ::"r"(start));
  if (is("unknown hypercall")) *(volatile int *)0x103000 = 77;
  /* Two registers at once, of which the processor does not tell; a read; another width; another place. */
  if (is("two at the doorbell")) __asm__ volatile("stp xzr, xzr, [%0]" ::"r"(0x103000l));
  if (is("read the doorbell")) sink = *(volatile int *)0x103000;
  if (is("wide doorbell")) *(volatile long *)0x103000 = 1;
  if (is("beside the doorbell")) *(volatile int *)0x103008 = 1;
#endif
  table->exit(7);
  return 0;
}

static void init(void) {}
static void event(int32_t kind) { (void)kind; }

__attribute__((used)) const struct fata_native_entry entry = {
    FATA_NATIVE_ENTRY_MAGIC, FATA_NATIVE_VERSION, init, start, start, event,
};
