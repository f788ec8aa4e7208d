#define _GNU_SOURCE
#include "kvm.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "engine.h"
#include "kvm_arch.h"

/* What KVM has been since Linux 2.6.22. */
#define KVM_VERSION 12

static struct vm vm = {.machine = -1, .processor = -1};
static const struct guest_code *code;
static struct fata_guest *guest;
static volatile struct vm_exchange *exchange;

/* ---- The machine ------------------------------------------------------------------------------------------------- */

static int tell_no_device(struct failure *failure) {
  struct stat s;
  if (errno == EACCES && stat("/dev/kvm", &s) == 0 && (s.st_mode & 060) == 060 && s.st_gid != 0)
    return FAIL(failure, "no permission to open /dev/kvm; join its group, and log in anew: sudo usermod -aG kvm $USER");
  if (errno == EACCES)
    return FAIL(failure, "no permission to open /dev/kvm; give it to the group kvm, and join that: "
                "sudo chgrp kvm /dev/kvm; sudo chmod 660 /dev/kvm; sudo usermod -aG kvm $USER");
  if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
    return FAIL(failure, "there is no /dev/kvm: the kernel's module is not loaded, or the machine does not offer "
                "virtualization; load it: sudo modprobe -a kvm_intel kvm_amd; or use --isolation=seccomp");
  return FAIL(failure, "cannot open /dev/kvm: %s", strerror(errno));
}

static int make_machine(int kvm, struct failure *failure) {
  int version = ioctl(kvm, KVM_GET_API_VERSION, 0), size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  if (version != KVM_VERSION) return FAIL(failure, "/dev/kvm speaks version %d; expected %d", version, KVM_VERSION);
  /* It is not restarted where the process was stopped meanwhile, say. */
  do vm.machine = ioctl(kvm, KVM_CREATE_VM, 0);
  while (vm.machine < 0 && errno == EINTR);
  if (vm.machine < 0) return FAIL(failure, "cannot make a virtual machine: %s", strerror(errno));
  vm.processor = ioctl(vm.machine, KVM_CREATE_VCPU, 0);
  if (vm.processor < 0) return FAIL(failure, "cannot make a virtual processor: %s", strerror(errno));
  vm.run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vm.processor, 0);
  if (vm.run == MAP_FAILED) return FAIL(failure, "cannot map the virtual processor: %s", strerror(errno));
  return 0;
}

static int open_machine(struct failure *failure) {
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) return tell_no_device(failure);
  int result = make_machine(kvm, failure);
  close(kvm);
  if (result < 0) {
    close(vm.processor);
    close(vm.machine);
  }
  return result;
}

/* Memory of ours that takes no room until it is touched. */
static void *reserve(uint64_t length, struct failure *failure) {
  void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at != MAP_FAILED) return at;
  (void)FAIL(failure, "cannot reserve %llu KiB of addresses for the guest: %s; lift the limit: ulimit -v unlimited",
             (unsigned long long)length / 1024, strerror(errno));
  return NULL;
}

static int add_slot(uint32_t slot, uint64_t physical, void *at, uint64_t length, struct failure *failure) {
  struct kvm_userspace_memory_region region = {
      .slot = slot, .guest_phys_addr = physical, .memory_size = length, .userspace_addr = (uint64_t)at};
  if (ioctl(vm.machine, KVM_SET_USER_MEMORY_REGION, &region) == 0) return 0;
  return FAIL(failure, "cannot give the virtual machine its memory: %s", strerror(errno));
}

static int make_heap(const struct native_image *image, uint32_t limit, struct failure *failure) {
  uint64_t pages = vm_tables(limit) + ARCH_PAGES + VM_DOORBELL / VM_PAGE - FATA_NATIVE_TABLE / VM_PAGE;
  vm.heap_size = pages * VM_PAGE + FATA_NATIVE_STACK_SIZE;
  for (size_t i = 0; i < image->segment_count; i++) vm.heap_size += image->segments[i].memory_size + VM_PAGE;
  /* A slot is of whole pages, of 64 KiB at most. */
  vm.heap_size = (vm.heap_size + WASM_PAGE - 1) / WASM_PAGE * WASM_PAGE;
  vm.heap = reserve(vm.heap_size, failure);
  return vm.heap ? add_slot(0, 0, vm.heap, vm.heap_size, failure) : -1;
}

static bool grow(uint64_t length) {
  uint64_t before = guest->memory.length;
  vm_map(&vm, FATA_NATIVE_MEMORY + before, VM_MEMORY + before, length - before, VM_WRITE | VM_USER);
  return true;
}

static int make_memory(struct failure *failure) {
  uint64_t limit = (uint64_t)code->limit * WASM_PAGE;
  /* No bytes have an address, too. */
  guest->memory.base = reserve(limit > 0 ? limit : VM_PAGE, failure);
  if (guest->memory.base && limit == 0) return 0;
  if (!guest->memory.base || add_slot(1, VM_MEMORY, guest->memory.base, limit, failure) < 0) return -1;
  grow((uint64_t)code->initial * WASM_PAGE);
  guest->memory.length = (uint64_t)code->initial * WASM_PAGE;
  return 0;
}

static void place_image(const struct native_image *image) {
  for (size_t i = 0; i < image->segment_count; i++) {
    const struct native_segment *s = &image->segments[i];
    /* x86 has no pages that cannot be read. */
    unsigned rights = VM_USER | (s->flags & PF_X ? VM_EXECUTE : 0) | (s->flags & PF_W ? VM_WRITE : 0);
    vm_fill(vm_place(&vm, s->address, s->memory_size, rights), s->content.bytes, s->content.length);
  }
}

static void place_ours(void) {
  struct fata_native_table *table = vm_place(&vm, FATA_NATIVE_TABLE, VM_PAGE, VM_USER);
  uint64_t *functions = (uint64_t *)&table->exit;
  table->magic = FATA_NATIVE_TABLE_MAGIC;
  table->version = FATA_NATIVE_VERSION;
  for (unsigned i = 0; i < VM_HYPERCALLS; i++) functions[i] = VM_TRAMPOLINE + (i + 1) * VM_STUB_SIZE;
  vm_fill(vm_place(&vm, VM_TRAMPOLINE, VM_PAGE, VM_USER | VM_EXECUTE), arch_trampoline,
          (size_t)(arch_trampoline_end - arch_trampoline));
  exchange = vm_place(&vm, VM_EXCHANGE, VM_PAGE, VM_USER | VM_WRITE);
  vm_place(&vm, VM_STACK, FATA_NATIVE_STACK_SIZE, VM_USER | VM_WRITE);
}

/* Only the processor stays open, under the lowest number that is free; the machine lives as long as it does. */
static int keep_processor(struct failure *failure) {
  close(vm.machine);
  int fd = fcntl(vm.processor, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return FAIL(failure, "cannot arrange descriptors: %s", strerror(errno));
  if (fd < vm.processor) close(vm.processor), vm.processor = fd;
  else close(fd);
  return 0;
}

static int load(const struct guest_code *c, struct failure *failure) {
  code = c;
  guest = c->guest;
  if (make_heap(c->image, c->limit, failure) < 0) return -1;
  /* Physical address 0 is no table's, so that an entry of 0 is none. */
  vm_take(&vm, VM_PAGE);
  vm.table = vm_take(&vm, VM_PAGE);
  place_ours();
  place_image(c->image);
  if (make_memory(failure) < 0) return -1;
  arch_prepare(&vm);
  if (arch_start(&vm, failure) < 0) return -1;
  return keep_processor(failure);
}

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

/* Meant is what has called the stub, unless the guest has rung by itself. */
static _Noreturn void trap_call(const char *reason) {
  struct fault f;
  arch_fault(&vm, ARCH_DOORBELL, &f);
  trap_end(reason, native_is_code(code->image, f.pc) ? f.pc : f.caller, f.frame);
}

/* By the numbers of the table. What is read here is read once. */
static uint64_t hypercall(unsigned number) {
  uint32_t a = (uint32_t)exchange->arguments[0], b = (uint32_t)exchange->arguments[1];
  uint32_t c = (uint32_t)exchange->arguments[2];
  uint64_t answer = 0;
  switch (number) {
    case 1: fata_exit(guest, (int32_t)a); break;
    case 2: fata_console_write(guest, a, b); break;
    case 3: answer = (uint32_t)fata_argv(guest, (int32_t)a, b, c); break;
    case 4: answer = (uint32_t)fata_random(guest, a, b); break;
    case 5: answer = fata_clock_monotonic(guest); break;
    case 6: answer = (uint32_t)fata_net_attach(guest, a, b, c); break;
    case 7: answer = (uint32_t)fata_block_attach(guest, a, b, c); break;
    case 8: answer = isolation_memory_grow(&isolation_kvm, code, a); break;
    case 9: trap_call(trap_reason(a));
    default: trap_call("the native code made a hypercall that there is not");
  }
  if (guest->memory.faulted) trap_call(guest->memory.fault);
  return answer;
}

static _Noreturn void stop(int status, const char *format, unsigned long long number) {
  char text[128];
  text_format(text, sizeof text, format, number);
  console_flush();
  console_message(text);
  _exit(status);
}

static _Noreturn void trap_exit(enum arch_exit exit) {
  struct fault f;
  if (exit == ARCH_OTHER && vm.run->exit_reason == KVM_EXIT_FAIL_ENTRY)
    stop(SANDBOX_STATUS, "KVM cannot run the guest: hardware reason 0x%llx", vm.run->fail_entry.hardware_entry_failure_reason);
  if (exit == ARCH_OTHER) stop(TRAP_STATUS, "trap: the virtual machine stopped: KVM's exit reason %llu", vm.run->exit_reason);
  arch_fault(&vm, exit, &f);
  f.guard = FATA_NATIVE_IMAGE_END;
  f.guard_length = VM_STACK - FATA_NATIVE_IMAGE_END;
  trap_fault(&f);
}

/*
 * A signal's handler does all there is to do itself, and ends the process where that is due: the guest goes on after it.
 * So none is lost that comes before the processor runs.
 */
static uint64_t call(const void *function, uint64_t a, uint64_t b) {
  unsigned number;
  exchange->function = (uint64_t)function;
  exchange->parameters[0] = a;
  exchange->parameters[1] = b;
  for (;;) {
    if (ioctl(vm.processor, KVM_RUN, 0) < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      /* On aarch64: an access to a device that the processor does not describe. */
      if (errno == ENOSYS) trap_exit(ARCH_FORBIDDEN);
      stop(SANDBOX_STATUS, "KVM cannot run the guest: error %llu", (unsigned)errno);
    }
    enum arch_exit exit = arch_exit(&vm, &number);
    if (exit != ARCH_DOORBELL) trap_exit(exit);
    if (number == VM_RETURNED) return exchange->result;
    exchange->answer = hypercall(number);
  }
}

static bool stack_word(uint64_t address, uint64_t *word) {
  return address - VM_STACK <= FATA_NATIVE_STACK_SIZE - 8 && vm_peek(&vm, address, word, sizeof *word);
}

static struct sandbox_engine needs(void) {
  static struct sandbox_pin ioctls[1 + ARCH_IOCTLS_MAX] = {{{SYS_ioctl, "ioctl(KVM_RUN)"}, 0, (uint32_t)KVM_RUN}};
  memcpy(ioctls + 1, arch_ioctls, arch_ioctl_count * sizeof *ioctls);
  return engine_kvm(vm.processor, ioctls, 1 + arch_ioctl_count);
}

const struct isolation isolation_kvm = {
    .name = "kvm",
    .open = open_machine,
    .load = load,
    .needs = needs,
    .call = call,
    .grow = grow,
    .stack_word = stack_word,
};
