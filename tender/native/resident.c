#define _GNU_SOURCE
#include "resident.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void resident_trim(void) {
  FILE *maps = fopen("/proc/self/maps", "re");
  if (!maps) return;
  char line[512], flags[5];
  uintptr_t from, to;
  while (fgets(line, sizeof line, maps)) {
    /* Code of files only. Other pages that cannot be written may have been (by the dynamic linker), and would be lost. */
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, flags) != 3) continue;
    if (strcmp(flags, "r-xp") == 0 && strchr(line, '/')) madvise((void *)from, to - from, MADV_DONTNEED);
  }
  fclose(maps);
}
