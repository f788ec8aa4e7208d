/*
 * A virtual machine's processor on aarch64: the guest runs at EL0. At EL1 there are vectors, which tell us what has
 * happened, and nothing else. Numbers of registers and bits are those of the Arm Architecture Reference Manual.
 *
 * There is no interrupt controller and no timer.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "kvm_arch.h"

/* Physical addresses of no memory, between the slots: the guest's doorbell, and the vectors'. */
#define DOORBELL 0xc0000000u
#define FAULT_DOORBELL 0xc0001000u

/* The vectors, and where they find their doorbell. */
#define VECTORS VM_PRIVATE
#define VECTORS_DOORBELL (VM_PRIVATE + VM_PAGE)

/* ---- Page tables ------------------------------------------------------------------------------------------------- */

#define VALID 1u
#define TABLE_OR_PAGE 2u
#define ATTRIBUTE_DEVICE (1u << 2)
#define EL0 (1u << 6)
#define READ_ONLY (1u << 7)
#define INNER_SHAREABLE (3u << 8)
#define ACCESSED (1u << 10)
#define PRIVILEGED_NEVER (1ull << 53)
#define UNPRIVILEGED_NEVER (1ull << 54)

uint64_t arch_table_entry(uint64_t physical) {
  return physical | TABLE_OR_PAGE | VALID;
}

uint64_t arch_page_entry(uint64_t physical, unsigned rights, bool block) {
  uint64_t entry = physical | (block ? 0 : TABLE_OR_PAGE) | VALID | ACCESSED | INNER_SHAREABLE;
  if (rights & VM_DEVICE) entry |= ATTRIBUTE_DEVICE;
  if (rights & VM_USER) entry |= EL0;
  if (!(rights & VM_WRITE)) entry |= READ_ONLY;
  /* What one may execute the other may not. */
  if (!(rights & VM_EXECUTE) || (rights & VM_USER)) entry |= PRIVILEGED_NEVER;
  if (!(rights & VM_EXECUTE) || !(rights & VM_USER)) entry |= UNPRIVILEGED_NEVER;
  return entry;
}

bool arch_is_block(uint64_t entry) {
  return !(entry & TABLE_OR_PAGE);
}

/* ---- Code in the machine ----------------------------------------------------------------------------------------- */

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)
/* A number of 32 bits in a register. */
#define SET(name, value) \
  "movz " name ", #(" TEXT(value) " >> 16), lsl #16\n" \
  "movk " name ", #(" TEXT(value) " & 0xffff)\n"

/* Registers that the guest has had in between are set anew: x29 to 0, so that a walk of the stack ends there. */
asm(".pushsection .rodata.trampoline, \"a\"\n"
    ".global arch_trampoline, arch_trampoline_end\n"
    ".balign 8\n"
    "arch_trampoline:\n" SET("x9", VM_STACK_TOP) "mov sp, x9\n" SET("x9", VM_EXCHANGE)
    "ldr x10, [x9, #" TEXT(VM_FUNCTION) "]\n"
    "ldp x0, x1, [x9, #" TEXT(VM_FUNCTION) " + 8]\n"
    "mov x29, xzr\n"
    "blr x10\n" SET("x9", VM_EXCHANGE)
    "str x0, [x9, #" TEXT(VM_RESULT) "]\n" SET("x9", VM_DOORBELL)
    "str wzr, [x9]\n"
    "b arch_trampoline\n"
    ".set number, 1\n"
    ".rept " TEXT(VM_HYPERCALLS) "\n"
    ".org arch_trampoline + number * " TEXT(VM_STUB_SIZE) "\n" SET("x9", VM_EXCHANGE)
    "stp x0, x1, [x9, #" TEXT(VM_ARGUMENTS) "]\n"
    "str x2, [x9, #" TEXT(VM_ARGUMENTS) " + 16]\n"
    "mov w10, #number\n" SET("x11", VM_DOORBELL)
    "str w10, [x11]\n"
    "ldr x0, [x9, #" TEXT(VM_ANSWER) "]\n"
    "ret\n"
    ".set number, number + 1\n"
    ".endr\n"
    "arch_trampoline_end:\n"
    ".popsection\n");

/* One for each kind of exception and where it came from, 128 bytes apart. What it was, ESR_EL1 knows. */
extern const uint8_t vectors[], vectors_end[];
asm(".pushsection .rodata.vectors, \"a\"\n"
    ".balign 8\n"
    "vectors:\n"
    ".rept 16\n"
    ".balign 128\n" SET("x0", VECTORS_DOORBELL)
    "str wzr, [x0]\n"
    "b .\n"
    ".endr\n"
    "vectors_end:\n"
    ".popsection\n");

void arch_prepare(struct vm *vm) {
  vm_fill(vm_place(vm, VECTORS, VM_PAGE, VM_EXECUTE), vectors, (size_t)(vectors_end - vectors));
  vm_map(vm, VECTORS_DOORBELL, FAULT_DOORBELL, VM_PAGE, VM_WRITE | VM_DEVICE);
  vm_map(vm, VM_DOORBELL, DOORBELL, VM_PAGE, VM_WRITE | VM_DEVICE | VM_USER);
}

/* ---- Registers --------------------------------------------------------------------------------------------------- */

#define CORE(field) (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))
#define CORE_32(field) (KVM_REG_ARM64 | KVM_REG_SIZE_U32 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

#define SCTLR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 0)
#define CPACR_EL1 ARM64_SYS_REG(3, 0, 1, 0, 2)
#define TTBR0_EL1 ARM64_SYS_REG(3, 0, 2, 0, 0)
#define TCR_EL1 ARM64_SYS_REG(3, 0, 2, 0, 2)
#define ESR_EL1 ARM64_SYS_REG(3, 0, 5, 2, 0)
#define FAR_EL1 ARM64_SYS_REG(3, 0, 6, 0, 0)
#define MAIR_EL1 ARM64_SYS_REG(3, 0, 10, 2, 0)
#define VBAR_EL1 ARM64_SYS_REG(3, 0, 12, 0, 0)
#define CNTKCTL_EL1 ARM64_SYS_REG(3, 0, 14, 1, 0)

/* Translation on, caches on, stacks aligned, nothing writable executable (WXN). SPAN, for the vectors reach no page of EL0's.
   EL0 may not wait for interrupts, maintain caches, or mask exceptions: those bits are 0. The rest are ones by definition. */
#define SCTLR_M (1u << 0)
#define SCTLR_C (1u << 2)
#define SCTLR_SA (1u << 3)
#define SCTLR_SA0 (1u << 4)
#define SCTLR_I (1u << 12)
#define SCTLR_WXN (1u << 19)
#define SCTLR_SPAN (1u << 23)
#define SCTLR_ONES (1u << 11 | 1u << 20 | 1u << 22 | 1u << 28 | 1u << 29)
#define SCTLR (SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_SA0 | SCTLR_I | SCTLR_WXN | SCTLR_SPAN | SCTLR_ONES)

/* Floating point for EL0 and EL1. */
#define CPACR_FPEN (3u << 20)

/* Attribute 0: memory, write-back. Attribute 1: device, nothing gathered, reordered or acknowledged early. */
#define MAIR 0x00ffu

/* 39 bits of addresses below (T0SZ), in pages of 4 KiB, tables in shareable write-back memory; none above (EPD1). Physical
   addresses have 36 bits (IPS). */
#define TCR_T0SZ (64u - 39)
#define TCR_IRGN0 (1u << 8)
#define TCR_ORGN0 (1u << 10)
#define TCR_SH0 (3u << 12)
#define TCR_EPD1 (1u << 23)
#define TCR_TG1 (2u << 30)
#define TCR_IPS (1ull << 32)
#define TCR (TCR_T0SZ | TCR_T0SZ << 16 | TCR_IRGN0 | TCR_ORGN0 | TCR_SH0 | TCR_EPD1 | TCR_TG1 | TCR_IPS)

/* EL0, and all exceptions masked that can be: there are none. */
#define PSTATE 0x3c0u

static int set(const struct vm *vm, uint64_t id, uint64_t value) {
  struct kvm_one_reg reg = {id, (uintptr_t)&value};
  return ioctl(vm->processor, KVM_SET_ONE_REG, &reg);
}

/* A register that cannot be read is one of an old kernel: a fault is told all the same. */
static uint64_t get(const struct vm *vm, uint64_t id) {
  uint64_t value = 0;
  struct kvm_one_reg reg = {id, (uintptr_t)&value};
  return ioctl(vm->processor, KVM_GET_ONE_REG, &reg) < 0 ? 0 : value;
}

int arch_start(struct vm *vm, struct failure *failure) {
  struct kvm_vcpu_init init;
  if (ioctl(vm->machine, KVM_ARM_PREFERRED_TARGET, &init) < 0 || ioctl(vm->processor, KVM_ARM_VCPU_INIT, &init) < 0)
    return FAIL(failure, "the kernel gives no virtual processor: %s", strerror(errno));
  /* An access to a doorbell that the processor does not describe, of a pair of registers, comes to us, too. */
  struct kvm_enable_cap describe = {.cap = KVM_CAP_ARM_NISV_TO_USER};
  ioctl(vm->machine, KVM_ENABLE_CAP, &describe);
  const struct { uint64_t id, value; } registers[] = {
      {CPACR_EL1, CPACR_FPEN},
      {MAIR_EL1, MAIR},
      {TCR_EL1, TCR},
      {TTBR0_EL1, vm->table},
      {VBAR_EL1, VECTORS},
      /* No counters and timers for EL0. */
      {CNTKCTL_EL1, 0},
      {SCTLR_EL1, SCTLR},
      {CORE_32(fp_regs.fpcr), 0},
      {CORE_32(fp_regs.fpsr), 0},
      {CORE(regs.pstate), PSTATE},
      {CORE(regs.pc), VM_TRAMPOLINE},
  };
  for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
    if (set(vm, registers[i].id, registers[i].value) < 0)
      return FAIL(failure, "the virtual processor refuses register 0x%llx: %s", (unsigned long long)registers[i].id,
                  strerror(errno));
  return 0;
}

/* ---- Exits ------------------------------------------------------------------------------------------------------- */

enum arch_exit arch_exit(const struct vm *vm, unsigned *number) {
  const struct kvm_run *run = vm->run;
  uint32_t value;
  if (run->exit_reason == KVM_EXIT_ARM_NISV) return ARCH_FORBIDDEN;
  if (run->exit_reason != KVM_EXIT_MMIO) return ARCH_OTHER;
  if (run->mmio.phys_addr == FAULT_DOORBELL) return ARCH_FAULT;
  if (run->mmio.phys_addr != DOORBELL || !run->mmio.is_write || run->mmio.len != sizeof value) return ARCH_FORBIDDEN;
  memcpy(&value, run->mmio.data, sizeof value);
  *number = value;
  return ARCH_DOORBELL;
}

/* The exception class of ESR_EL1, of those that have a word of their own. */
static enum fault_kind kind_of(uint64_t syndrome) {
  switch (syndrome >> 26 & 0x3f) {
    case 0x00: /* No such instruction, or none of EL0's. */
    case 0x19: /* SVE, which the machine has not. */
      return FAULT_UNDEFINED;
    case 0x15: /* SVC */
      return FAULT_SYSTEM_CALL;
    case 0x20: /* Instruction abort. */
    case 0x22: /* A jump to between two instructions. */
    case 0x24: /* Data abort. */
      return FAULT_ACCESS;
    case 0x3c: /* BRK */
      return FAULT_BREAKPOINT;
    default:
      return FAULT_FORBIDDEN;
  }
}

void arch_fault(const struct vm *vm, enum arch_exit exit, struct fault *fault) {
  *fault = (struct fault){
      .kind = FAULT_FORBIDDEN,
      .pc = get(vm, exit == ARCH_FAULT ? CORE(elr_el1) : CORE(regs.pc)),
      .frame = get(vm, CORE(regs.regs[29])),
      .caller = get(vm, CORE(regs.regs[30])) - 1,
  };
  if (exit != ARCH_FAULT) return;
  fault->kind = kind_of(get(vm, ESR_EL1));
  fault->address = get(vm, FAR_EL1);
}

const struct sandbox_pin arch_ioctls[] = {{{SYS_ioctl, "ioctl(KVM_GET_ONE_REG)"}, 0, (uint32_t)KVM_GET_ONE_REG}};
const size_t arch_ioctl_count = 1;
