# The native `tender`: a static ELF with musl, for each processor or those named.
#
#     npm run build:native                 build/native/x86_64/tender and build/native/aarch64/tender
#     npm run build:native -- aarch64      one of them; the same as: make -C tender/native -f tender.mk aarch64
#
# musl, because a program of glibc's cannot be made static in less than 700 kB.
ARCHITECTURES := x86_64 aarch64
HOST := $(shell uname -m)

.PHONY: all $(ARCHITECTURES)
all: $(or $(ARCH),$(ARCHITECTURES))

ifndef ARCH
# One after another: what is missing for one is then the last thing said.
.NOTPARALLEL:
$(ARCHITECTURES):
	@$(MAKE) --no-print-directory -f tender.mk ARCH=$@ $@
else

OUT ?= ../../build/native/$(ARCH)
WERROR ?= -Werror
VERSION := $(shell node -p "require('../../package.json').version")
GNU := $(if $(filter $(ARCH),$(HOST)),,$(ARCH)-linux-gnu-)
CC := $(GNU)gcc
INSTALL := install it: sudo tools/setup (or build one only: npm run build:native -- $(HOST))
ifeq ($(shell command -v $(CC)),)
$(error there is no $(CC), the C compiler for $(ARCH); $(INSTALL))
endif
# The system's own, or what tools/setup unpacks for the other processor.
MUSL := $(firstword $(foreach prefix,/usr /usr/local,$(if $(wildcard $(prefix)/lib/$(ARCH)-linux-musl/libc.a),$(prefix))))
ifeq ($(MUSL),)
$(error there is no musl for $(ARCH), in /usr/lib/$(ARCH)-linux-musl or /usr/local/lib/$(ARCH)-linux-musl; $(INSTALL))
endif
MUSL_INCLUDE := $(MUSL)/include/$(ARCH)-linux-musl
MUSL_LIB := $(MUSL)/lib/$(ARCH)-linux-musl
# The kernel's own headers, after those of musl.
KERNEL := $(if $(GNU),/usr/$(ARCH)-linux-gnu/include,/usr/include)

$(ARCH): $(OUT)/tender

CFLAGS += -std=gnu11 -Os -Wall -Wextra $(WERROR) -nostdinc -isystem $(MUSL_INCLUDE) \
  -isystem $(shell $(CC) -print-file-name=include) -idirafter $(KERNEL) -idirafter $(KERNEL)/$(ARCH)-linux-gnu \
  -fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fstack-clash-protection \
  -fstack-protector-strong -fno-omit-frame-pointer -DFATA_VERSION='"$(VERSION)"' -MMD -MP
# Functions for atomic operations that libgcc has need a function that musl has not.
# All of it within 1 MiB: an address is one instruction, not two, which is 3 kB of the whole.
CFLAGS += $(if $(filter aarch64,$(ARCH)),-mno-outline-atomics -mcmodel=tiny)
LDFLAGS += -static -nostdlib -no-pie -Wl,--gc-sections -Wl,-z,noexecstack -Wl,-z,norelro -s \
  -Wl,-T,tender.ld -Wl,--build-id=none

include sources.mk
SOURCES := $(TEXT) $(CORE) $(READERS) engine_native isolation trap inside inside_trap kvm kvm_tables kvm_$(ARCH) descriptors arena main
OBJECTS := $(SOURCES:%=$(OUT)/objects/%.o)

$(OUT)/tender: $(OBJECTS) $(OUT)/objects/libgcc.a tender.ld
	$(CC) $(LDFLAGS) -o $@ $(MUSL_LIB)/crt1.o $(MUSL_LIB)/crti.o $(OBJECTS) $(MUSL_LIB)/libc.a \
	  $(OUT)/objects/libgcc.a $(MUSL_LIB)/crtn.o

# Without the tables that unwinding would need.
$(OUT)/objects/libgcc.a: $(shell $(CC) -print-libgcc-file-name) | $(OUT)/objects
	$(GNU)objcopy --remove-section=.eh_frame $< $@

# The data path is worth its bytes.
$(OUT)/objects/net_transmit.o $(OUT)/objects/net_receive.o $(OUT)/objects/batch.o $(OUT)/objects/uring.o $(OUT)/objects/tap.o $(OUT)/objects/pump.o $(OUT)/objects/xxh64.o: CFLAGS += -O2

$(OUT)/objects/%.o: %.c tender.mk | $(OUT)/objects
	$(CC) $(CFLAGS) -c -o $@ $<

$(OUT)/objects:
	mkdir -p $@

-include $(wildcard $(OUT)/objects/*.d)

endif
