/* The virtual machine's x86_64 part: long mode, the guest in ring 3. Intel's manual, volume 3, has all of it. */
#include <cpuid.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm_arch.h"

/* The doorbell's port. */
#define PORT 0x10

/* Pages at VM_PRIVATE, and what they hold. */
#define VECTORS (VM_PRIVATE + 0 * VM_PAGE)
#define TABLES (VM_PRIVATE + 1 * VM_PAGE)
#define FAULT_STACK (VM_PRIVATE + 2 * VM_PAGE)

/* In the page TABLES: descriptors, gates, the task's state. */
#define GDT 0x000
#define IDT 0x100
#define TSS 0x400

#define EXCEPTIONS 32
/* One more than there are, for `syscall`. */
#define SYSTEM_CALL EXCEPTIONS
#define GATE_SIZE 16
#define VECTOR_SIZE 8

/* Selectors: ring 0's code is the only descriptor; the processor is given the guest's segments as they are. */
#define KERNEL_CODE 0x08
#define TASK 0x10
#define USER_DATA 0x1b
#define USER_CODE 0x23

/* Where `syscall` goes (Intel's manual, volume 4). */
#define MSR_LSTAR 0xc0000082

#define SYSTEM_CALL_AT (VECTORS + SYSTEM_CALL * VECTOR_SIZE)

#define STRING_(x) #x
#define STRING(x) STRING_(x)

__asm__(".pushsection .rodata\n"
        ".globl arch_trampoline, arch_trampoline_end\n"
        "arch_trampoline:\n"
        "1:  mov $" STRING(VM_STACK_TOP) ", %esp\n"
        "  xor %ebp, %ebp\n"
        "  mov " STRING(VM_EXCHANGE) " + 8, %rdi\n"
        "  mov " STRING(VM_EXCHANGE) " + 16, %rsi\n"
        "  call *" STRING(VM_EXCHANGE) "\n"
        "  mov %rax, " STRING(VM_EXCHANGE) " + " STRING(VM_RESULT) "\n"
        "  mov $" STRING(VM_RETURNED) ", %al\n"
        "  out %al, $" STRING(PORT) "\n"
        "  jmp 1b\n"
        ".set number, 0\n"
        ".rept " STRING(VM_HYPERCALLS) "\n"
        "  .set number, number + 1\n"
        "  .org arch_trampoline + number * " STRING(VM_STUB_SIZE) ", 0xcc\n"
        "  mov %rdi, " STRING(VM_EXCHANGE) " + " STRING(VM_ARGUMENTS) "\n"
        "  mov %rsi, " STRING(VM_EXCHANGE) " + " STRING(VM_ARGUMENTS) " + 8\n"
        "  mov %rdx, " STRING(VM_EXCHANGE) " + " STRING(VM_ARGUMENTS) " + 16\n"
        "  mov $number, %al\n"
        "  out %al, $" STRING(PORT) "\n"
        "  mov " STRING(VM_EXCHANGE) " + " STRING(VM_ANSWER) ", %rax\n"
        "  ret\n"
        ".endr\n"
        "arch_trampoline_end:\n"
        /* Each exception says its number, and halts, which ring 3 cannot. We never come back from it. */
        "vectors:\n"
        ".set number, 0\n"
        ".rept " STRING(EXCEPTIONS) " + 1\n"
        "  .org vectors + number * " STRING(VECTOR_SIZE) ", 0xcc\n"
        "  mov $number, %al\n"
        "  hlt\n"
        "  .set number, number + 1\n"
        ".endr\n"
        "vectors_end:\n"
        ".popsection\n");
extern const uint8_t vectors[], vectors_end[];

/* ---- Pages ------------------------------------------------------------------------------------------------------- */

enum {
  PRESENT = 1 << 0,
  WRITABLE = 1 << 1,
  USER = 1 << 2,
  /* Set beforehand: the processor need not write them. */
  ACCESSED = 1 << 5,
  DIRTY = 1 << 6,
  LARGE = 1 << 7,
};
#define NO_EXECUTE (1ull << 63)

uint64_t arch_table_entry(uint64_t physical) {
  return physical | PRESENT | WRITABLE | USER | ACCESSED;
}

uint64_t arch_page_entry(uint64_t physical, unsigned rights, bool block) {
  return physical | PRESENT | ACCESSED | DIRTY | (block ? LARGE : 0) | (rights & VM_WRITE ? WRITABLE : 0) |
         (rights & VM_USER ? USER : 0) | (rights & VM_EXECUTE ? 0 : NO_EXECUTE);
}

bool arch_is_block(uint64_t entry) {
  return entry & LARGE;
}

/* ---- What exceptions run into ------------------------------------------------------------------------------------ */

/* Task state: the stack for exceptions, and which ports ring 3 may use: a bit each, clear for yes, and a byte behind. */
struct __attribute__((packed)) task {
  uint32_t reserved;
  uint64_t stacks[3];
  uint64_t reserved2;
  uint64_t exception_stacks[7];
  uint64_t reserved3;
  uint16_t reserved4, ports_at;
  uint8_t ports[PORT / 8 + 2];
};

void arch_prepare(struct vm *vm) {
  vm_fill(vm_place(vm, VECTORS, VM_PAGE, VM_EXECUTE), vectors, (size_t)(vectors_end - vectors));
  uint8_t *tables = vm_place(vm, TABLES, VM_PAGE, 0);
  /* Code of 64 bits, ring 0, accessed already: the processor writes nothing there. */
  *(uint64_t *)(tables + GDT + KERNEL_CODE) = 0x00209b0000000000;
  for (unsigned i = 0; i < EXCEPTIONS; i++) {
    uint64_t *gate = (uint64_t *)(tables + IDT + i * GATE_SIZE);
    uint64_t at = VECTORS + i * VECTOR_SIZE;
    /* An interrupt gate with exception stack 1. The guest itself may only cause a breakpoint. */
    uint64_t type = i == 3 ? 0xee : 0x8e;
    gate[0] = (at & 0xffff) | KERNEL_CODE << 16 | 1ull << 32 | type << 40 | (at >> 16) << 48;
  }
  struct task *task = (struct task *)(tables + TSS);
  task->exception_stacks[0] = FAULT_STACK + VM_PAGE;
  task->ports_at = offsetof(struct task, ports);
  memset(task->ports, 0xff, sizeof task->ports);
  task->ports[PORT / 8] &= (uint8_t) ~(1 << PORT % 8);
  vm_place(vm, FAULT_STACK, VM_PAGE, VM_WRITE);
}

/* ---- Registers --------------------------------------------------------------------------------------------------- */

/*
 * QEMU's emulation of virtualization, which tests run in, finds no bitmap of ports in a task that is marked busy, as that of
 * a running machine is (7.2, helper_check_io). There the guest may use all ports and `cli`: each port but the doorbell's
 * leaves to us and ends it, and there are no interrupts.
 */
#define IO_PRIVILEGE_3 0x3000
static bool is_emulated(void) {
  unsigned a, name[3];
  __cpuid(0x40000000, a, name[0], name[1], name[2]);
  return memcmp(name, "TCGTCGTCGTCG", sizeof name) == 0;
}

int arch_start(struct vm *vm, struct failure *failure) {
  struct kvm_sregs s;
  struct kvm_regs r = {.rip = VM_TRAMPOLINE, .rflags = is_emulated() ? 2 | IO_PRIVILEGE_3 : 2};
  uint64_t root = vm_take(vm, VM_PAGE);
  *(uint64_t *)vm_at(vm, root) = arch_table_entry(vm->table);
  if (ioctl(vm->processor, KVM_GET_SREGS, &s) < 0)
    return FAIL(failure, "cannot read the virtual processor's registers: %s", strerror(errno));
  s.cs = (struct kvm_segment){.limit = ~0u, .selector = USER_CODE, .type = 11, .present = 1, .dpl = 3, .s = 1, .l = 1,
                              .g = 1};
  s.ss = (struct kvm_segment){.limit = ~0u, .selector = USER_DATA, .type = 3, .present = 1, .dpl = 3, .s = 1, .db = 1,
                              .g = 1};
  s.ds = s.es = s.fs = s.gs = s.ss;
  s.tr = (struct kvm_segment){.base = TABLES + TSS, .limit = sizeof(struct task) - 1, .selector = TASK, .type = 11,
                              .present = 1};
  s.gdt = (struct kvm_dtable){.base = TABLES + GDT, .limit = KERNEL_CODE + 7};
  s.idt = (struct kvm_dtable){.base = TABLES + IDT, .limit = EXCEPTIONS * GATE_SIZE - 1};
  s.cr0 = 0x80010033; /* PG WP NE ET MP PE */
  s.cr3 = root;
  s.cr4 = 0x624;  /* OSXMMEXCPT OSFXSR PAE; TSD: no clock but the hypercall's */
  s.efer = 0xd00; /* NXE LMA LME; not SCE: `syscall` is undefined */
  if (ioctl(vm->processor, KVM_SET_SREGS, &s) < 0 || ioctl(vm->processor, KVM_SET_REGS, &r) < 0)
    return FAIL(failure, "cannot set the virtual processor's registers: %s", strerror(errno));
  /* KVM in a machine without nested virtualization (kvm_pvm) makes the jump all the same: it must lead nowhere else. */
  struct {
    struct kvm_msrs head;
    struct kvm_msr_entry lstar;
  } msrs = {{.nmsrs = 1}, {.index = MSR_LSTAR, .data = SYSTEM_CALL_AT}};
  if (ioctl(vm->processor, KVM_SET_MSRS, &msrs) != 1)
    return FAIL(failure, "cannot set the virtual processor's registers: %s", strerror(errno));
  return 0;
}

enum arch_exit arch_exit(const struct vm *vm, unsigned *number) {
  const struct kvm_run *run = vm->run;
  if (run->exit_reason == KVM_EXIT_HLT) return ARCH_FAULT;
  if (run->exit_reason != KVM_EXIT_IO) return ARCH_OTHER;
  *number = *((const uint8_t *)run + run->io.data_offset);
  if (run->io.direction != KVM_EXIT_IO_OUT || run->io.size != 1 || run->io.count != 1) return ARCH_FORBIDDEN;
  return run->io.port == PORT ? ARCH_DOORBELL : ARCH_FORBIDDEN;
}

const struct sandbox_pin arch_ioctls[] = {
    {{SYS_ioctl, "ioctl(KVM_GET_REGS)"}, 0, (uint32_t)KVM_GET_REGS},
    {{SYS_ioctl, "ioctl(KVM_GET_SREGS)"}, 0, (uint32_t)KVM_GET_SREGS},
};
const size_t arch_ioctl_count = sizeof arch_ioctls / sizeof *arch_ioctls;

/* What an exception leaves on its stack, from the instruction's address on; some have an error code before it. */
struct exception_frame {
  uint64_t pc, code_segment, flags, stack, stack_segment;
};

static enum fault_kind kind_of(unsigned exception) {
  switch (exception) {
    case 0: return FAULT_DIVIDE;
    case 1:
    case 3: return FAULT_BREAKPOINT;
    case 6: return FAULT_UNDEFINED;
    case 14: return FAULT_ACCESS;
    default: return FAULT_FORBIDDEN;
  }
}

/* `syscall` and `sysenter`, which are undefined here. */
static bool is_system_call(const struct vm *vm, uint64_t pc) {
  uint8_t code[2];
  return vm_peek(vm, pc, code, sizeof code) && code[0] == 0x0f && (code[1] == 0x05 || code[1] == 0x34);
}

void arch_fault(const struct vm *vm, enum arch_exit exit, struct fault *f) {
  struct kvm_regs r;
  struct kvm_sregs s;
  struct exception_frame e;
  *f = (struct fault){.kind = FAULT_FORBIDDEN};
  if (ioctl(vm->processor, KVM_GET_REGS, &r) < 0 || ioctl(vm->processor, KVM_GET_SREGS, &s) < 0) return;
  f->frame = r.rbp;
  f->pc = r.rip;
  uint64_t stack = r.rsp;
  unsigned exception = r.rax & 0xff;
  if (exit == ARCH_FAULT && vm_peek(vm, FAULT_STACK + VM_PAGE - sizeof e, &e, sizeof e)) {
    f->kind = kind_of(exception);
    f->address = s.cr2;
    f->pc = e.pc;
    stack = e.stack;
    if (f->kind == FAULT_UNDEFINED && is_system_call(vm, e.pc)) f->kind = FAULT_SYSTEM_CALL;
    if (exception == SYSTEM_CALL || e.pc == SYSTEM_CALL_AT) {
      f->kind = FAULT_SYSTEM_CALL;
      f->pc = r.rcx - 2;
    }
  }
  /* A function that has made no frame has its return address on top. */
  if (vm_peek(vm, stack, &f->caller, sizeof f->caller)) f->caller--;
}
