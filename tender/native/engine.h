/* What each engine that runs a guest needs besides the devices. */
#ifndef FATA_ENGINE_H
#define FATA_ENGINE_H

#include "sandbox.h"

extern const struct sandbox_engine engine_v8;

/* Native code in this process, whose linear memory at `memory` may grow to `limit` bytes. */
struct sandbox_engine engine_native(uint64_t memory, uint64_t limit);

/* Native code in a virtual machine, whose `processor` takes some ioctls. */
struct sandbox_engine engine_kvm(int processor, const struct sandbox_pin *ioctls, size_t count);

#endif
