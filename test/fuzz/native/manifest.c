/* Target: a manifest by itself. That the TypeScript reader gives the same answers: test/fuzz/readers.ts. */
#include <string.h>

#include "../../../tender/native/manifest.h"
#include "fuzz.h"

void feed(const uint8_t *bytes, size_t length) {
  static struct manifest m;
  struct failure failure = {""};
  if (manifest_read(&m, bytes, length, &failure) < 0) {
    CHECK(is_line(failure.text));
    return;
  }
  accepted = true;
  CHECK(m.device_count <= MANIFEST_DEVICES_MAX && m.argument_count <= MANIFEST_ARGUMENTS_MAX);
  CHECK(m.memory_initial <= m.memory_maximum && m.memory_maximum <= 65536);
  CHECK(manifest_is_name(m.name, strlen(m.name)) && strlen(m.build) == 32);
  for (size_t i = 0; i < m.device_count; i++) {
    CHECK(manifest_is_name(m.devices[i].name, strlen(m.devices[i].name)));
    CHECK(m.devices[i].kind < DEVICE_KINDS);
  }
  for (size_t i = 0; i < m.argument_count; i++) {
    const struct manifest_argument *a = &m.arguments[i];
    CHECK(manifest_is_name(a->name, strlen(a->name)) && strlen(a->brief) <= 1 && a->type < ARGUMENT_TYPES);
    /* Any answer will do. */
    manifest_is_value(a, a->preset);
    manifest_is_value(a, a->doc);
  }
}
