# The native `tender`: a static ELF with musl, for this architecture or ARCH=aarch64.
#
#     make -f tender.mk OUT=../../build/native/x86_64
#
# musl, because a program of glibc's cannot be made static in less than 700 kB. It is linked at 512 MiB, clear of the
# image's addresses (docs/native-abi.md).
ARCH ?= $(shell uname -m)
OUT ?= ../../build/native/$(ARCH)
WERROR ?= -Werror
VERSION := $(shell node -p "require('../../package.json').version")
GNU := $(if $(filter $(ARCH),$(shell uname -m)),,$(ARCH)-linux-gnu-)
CC := $(GNU)gcc
MUSL_INCLUDE ?= /usr/include/$(ARCH)-linux-musl
MUSL_LIB ?= /usr/lib/$(ARCH)-linux-musl
ifeq ($(wildcard $(MUSL_LIB)/libc.a),)
$(error there is no musl for $(ARCH) in $(MUSL_LIB); install musl-tools (of another architecture: unpack its musl-dev \
  anywhere, and give MUSL_INCLUDE= and MUSL_LIB=))
endif
# The kernel's own headers, after those of musl.
KERNEL ?= $(if $(GNU),/usr/$(ARCH)-linux-gnu/include,/usr/include)

CFLAGS += -std=gnu11 -Os -Wall -Wextra $(WERROR) -nostdinc -isystem $(MUSL_INCLUDE) \
  -isystem $(shell $(CC) -print-file-name=include) -idirafter $(KERNEL) -idirafter $(KERNEL)/$(ARCH)-linux-gnu \
  -fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fstack-clash-protection \
  -fstack-protector-strong -fno-omit-frame-pointer -DFATA_VERSION='"$(VERSION)"' -MMD -MP
# Functions for atomic operations that libgcc has need a function that musl has not.
CFLAGS += $(if $(filter aarch64,$(ARCH)),-mno-outline-atomics)
LDFLAGS += -static -nostdlib -no-pie -Wl,--gc-sections -Wl,-z,noexecstack -Wl,-z,norelro -s \
  -Wl,-Ttext-segment=0x20000000 -Wl,--build-id=none

include sources.mk
SOURCES := $(CORE) $(READERS) engine_native inside inside_trap descriptors main
OBJECTS := $(SOURCES:%=$(OUT)/objects/%.o)

$(OUT)/tender: $(OBJECTS)
	$(CC) $(LDFLAGS) -o $@ $(MUSL_LIB)/crt1.o $(MUSL_LIB)/crti.o $^ $(MUSL_LIB)/libc.a \
	  $(shell $(CC) -print-libgcc-file-name) $(MUSL_LIB)/crtn.o

# The data path is worth its bytes.
$(OUT)/objects/ring_net.o $(OUT)/objects/pump.o $(OUT)/objects/sha256.o: CFLAGS += -O2

$(OUT)/objects/%.o: %.c tender.mk | $(OUT)/objects
	$(CC) $(CFLAGS) -c -o $@ $<

$(OUT)/objects:
	mkdir -p $@

-include $(wildcard $(OUT)/objects/*.d)
