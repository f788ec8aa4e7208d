/* A guest in C whose code goes on with bytes that noise.test.ts puts in place of the mark. */
#include "../../../runtime/abi/native-abi.h"

static const struct fata_native_table *const table = (const struct fata_native_table *)FATA_NATIVE_TABLE;

/* The layout has a segment for data. */
static volatile char data = 1;

/* 512 bytes of code, the mark first. */
__asm__(".text\n.balign 16\n.globl noise\nnoise:\n.ascii \"FATA NOISE BEGIN\"\n.fill 496, 1, 0\n");
void noise(void);

static uint64_t start(uint64_t now, uint64_t wall) {
  char *memory = (char *)FATA_NATIVE_MEMORY;
  (void)now, (void)wall;
  for (int i = 0; i < 6; i++) memory[i] = "words\n"[i];
  table->console_write(0, 6);
  data = 2;
  noise();
  table->exit(7);
  return 0;
}

static void init(void) {}
static void event(int32_t kind) { (void)kind; }

__attribute__((used)) const struct fata_native_entry entry = {
    FATA_NATIVE_ENTRY_MAGIC, FATA_NATIVE_VERSION, init, start, start, event,
};
