/* The virtual machine's aarch64 part: the guest in EL0. Arm's architecture reference manual (DDI 0487) has all of it. */
#include <asm/kvm.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kvm_arch.h"

/* The doorbell, and the one that only EL1 reaches: physical addresses between the slots, and where the latter is mapped. */
#define BELL 0x80000000
#define FAULT_BELL 0x80001000
#define VECTORS (VM_PRIVATE + 0 * VM_PAGE)
#define FAULT_PAGE (VM_PRIVATE + 1 * VM_PAGE)

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* Loads a number of 32 bits into a register. */
#define LOAD(register, number) \
  "  movz " register ", #(" STRING(number) ") & 0xffff\n  movk " register ", #(" STRING(number) ") >> 16, lsl #16\n"

__asm__(".pushsection .rodata\n"
        ".balign 4\n"
        ".globl arch_trampoline, arch_trampoline_end\n"
        "arch_trampoline:\n"
        LOAD("x9", VM_STACK_TOP)
        "  mov sp, x9\n"
        "  mov x29, #0\n"
        LOAD("x9", VM_EXCHANGE)
        "  ldp x10, x0, [x9]\n"
        "  ldr x1, [x9, #16]\n"
        "  blr x10\n"
        LOAD("x9", VM_EXCHANGE)
        "  str x0, [x9, #" STRING(VM_RESULT) "]\n"
        "  mov w10, #" STRING(VM_RETURNED) "\n"
        "  str w10, [x9, #" STRING(VM_DOORBELL) " - " STRING(VM_EXCHANGE) "]\n"
        "  b arch_trampoline\n"
        ".set number, 0\n"
        ".rept " STRING(VM_HYPERCALLS) "\n"
        "  .set number, number + 1\n"
        "  .org arch_trampoline + number * " STRING(VM_STUB_SIZE) "\n"
        LOAD("x9", VM_EXCHANGE)
        "  stp x0, x1, [x9, #" STRING(VM_ARGUMENTS) "]\n"
        "  str x2, [x9, #" STRING(VM_ARGUMENTS) " + 16]\n"
        "  mov w10, #number\n"
        "  str w10, [x9, #" STRING(VM_DOORBELL) " - " STRING(VM_EXCHANGE) "]\n"
        "  ldr x0, [x9, #" STRING(VM_ANSWER) "]\n"
        "  ret\n"
        ".endr\n"
        "arch_trampoline_end:\n"
        /* Every exception, of whatever kind, is a fault of the guest. We never come back from it. */
        "vectors:\n"
        ".set number, 0\n"
        ".rept 16\n"
        "  .org vectors + number * 128\n"
        LOAD("x0", FAULT_PAGE)
        "  str wzr, [x0]\n"
        "  b .\n"
        "  .set number, number + 1\n"
        ".endr\n"
        "vectors_end:\n"
        ".popsection\n");
extern const uint8_t vectors[], vectors_end[];

/* ---- Pages ------------------------------------------------------------------------------------------------------- */

#define VALID 1ull
/* A table, or a page of the last level. */
#define TABLE 2ull
/* Index into MAIR. */
#define DEVICE (1ull << 2)
#define USER (1ull << 6)
#define READ_ONLY (1ull << 7)
#define INNER_SHAREABLE (3ull << 8)
#define ACCESSED (1ull << 10)
#define NO_EXECUTE_PRIVILEGED (1ull << 53)
#define NO_EXECUTE_USER (1ull << 54)

uint64_t arch_table_entry(uint64_t physical) {
  return physical | VALID | TABLE;
}

uint64_t arch_page_entry(uint64_t physical, unsigned rights, bool block) {
  bool user = rights & VM_USER, execute = rights & VM_EXECUTE;
  return physical | VALID | ACCESSED | INNER_SHAREABLE | (block ? 0 : TABLE) | (rights & VM_DEVICE ? DEVICE : 0) |
         (user ? USER : 0) | (rights & VM_WRITE ? 0 : READ_ONLY) | (execute && !user ? 0 : NO_EXECUTE_PRIVILEGED) |
         (execute && user ? 0 : NO_EXECUTE_USER);
}

void arch_prepare(struct vm *vm) {
  memcpy(vm_place(vm, VECTORS, VM_PAGE, VM_EXECUTE), vectors, (size_t)(vectors_end - vectors));
  vm_map(vm, FAULT_PAGE, FAULT_BELL, VM_PAGE, VM_WRITE | VM_DEVICE);
  vm_map(vm, VM_DOORBELL, BELL, VM_PAGE, VM_WRITE | VM_USER | VM_DEVICE);
}

/* ---- Registers --------------------------------------------------------------------------------------------------- */

#define CORE(field) (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))
#define CPACR ARM64_SYS_REG(3, 0, 1, 0, 2)
#define SCTLR ARM64_SYS_REG(3, 0, 1, 0, 0)
#define TTBR0 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define TCR ARM64_SYS_REG(3, 0, 2, 0, 2)
#define ESR ARM64_SYS_REG(3, 0, 5, 2, 0)
#define FAR ARM64_SYS_REG(3, 0, 6, 0, 0)
#define MAIR ARM64_SYS_REG(3, 0, 10, 2, 0)
#define VBAR ARM64_SYS_REG(3, 0, 12, 0, 0)

int arch_start(struct vm *vm, struct failure *failure) {
  const struct {
    uint64_t id, value;
  } registers[] = {
      /* Floating point for all. */
      {CPACR, 3 << 20},
      /* 0: memory, cached; 1: a device. */
      {MAIR, 0x00ff},
      /* 39 bits of address, tables cached and shared, none for the upper half, 40 bits of physical address. */
      {TCR, 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2ull << 32},
      {TTBR0, vm->table},
      {VBAR, VECTORS},
      /* What must be 1; I, WXN, SA0, SA, C, M. WFI, WFE and cache maintenance are not for EL0. */
      {SCTLR, 0x30d00800 | 1 << 12 | 1 << 19 | 1 << 4 | 1 << 3 | 1 << 2 | 1},
      /* EL0, interrupts masked. */
      {CORE(regs.pstate), 0x3c0},
      {CORE(regs.pc), VM_TRAMPOLINE},
  };
  struct kvm_vcpu_init init;
  if (ioctl(vm->machine, KVM_ARM_PREFERRED_TARGET, &init) < 0 || ioctl(vm->processor, KVM_ARM_VCPU_INIT, &init) < 0)
    return FAIL(failure, "cannot set up the virtual processor: %s", strerror(errno));
  for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
    struct kvm_one_reg r = {registers[i].id, (uint64_t)&registers[i].value};
    if (ioctl(vm->processor, KVM_SET_ONE_REG, &r) < 0)
      return FAIL(failure, "cannot set the virtual processor's registers: %s", strerror(errno));
  }
  return 0;
}

enum arch_exit arch_exit(const struct vm *vm, unsigned *number) {
  const struct kvm_run *run = vm->run;
  uint32_t value;
  if (run->exit_reason != KVM_EXIT_MMIO) return ARCH_OTHER;
  if (run->mmio.phys_addr == FAULT_BELL) return ARCH_FAULT;
  if (run->mmio.phys_addr != BELL || !run->mmio.is_write || run->mmio.len != sizeof value) return ARCH_FORBIDDEN;
  memcpy(&value, run->mmio.data, sizeof value);
  *number = value;
  return ARCH_DOORBELL;
}

const struct sandbox_pin arch_ioctls[] = {{{SYS_ioctl, "ioctl(KVM_GET_ONE_REG)"}, 0, (uint32_t)KVM_GET_ONE_REG}};
const size_t arch_ioctl_count = sizeof arch_ioctls / sizeof *arch_ioctls;

static uint64_t get(const struct vm *vm, uint64_t id) {
  uint64_t value = 0;
  struct kvm_one_reg r = {id, (uint64_t)&value};
  ioctl(vm->processor, KVM_GET_ONE_REG, &r);
  return value;
}

/* By the exception class of the syndrome. */
static enum fault_kind kind_of(uint64_t syndrome) {
  switch (syndrome >> 26 & 0x3f) {
    case 0x00: return FAULT_UNDEFINED;
    case 0x15: return FAULT_SYSTEM_CALL;
    case 0x20: /* a jump */
    case 0x24: return FAULT_ACCESS;
    case 0x3c: return FAULT_BREAKPOINT;
    default: return FAULT_FORBIDDEN;
  }
}

void arch_fault(const struct vm *vm, enum arch_exit exit, struct fault *f) {
  *f = (struct fault){.kind = FAULT_FORBIDDEN};
  f->frame = get(vm, CORE(regs.regs[29]));
  f->caller = get(vm, CORE(regs.regs[30])) - 1;
  f->pc = get(vm, CORE(regs.pc));
  if (exit != ARCH_FAULT) return;
  f->kind = kind_of(get(vm, ESR));
  f->address = get(vm, FAR);
  f->pc = get(vm, CORE(elr_el1));
}
