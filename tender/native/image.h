/* An image: the file, its outline and manifest, checked against the ABI. The same in TypeScript: tender/image.ts. */
#ifndef FATA_IMAGE_H
#define FATA_IMAGE_H

#include "manifest.h"
#include "wasm.h"

struct image {
  struct span file;
  struct wasm wasm;
  struct manifest manifest;
};

/* Reads a file into memory of its own: what was checked is what runs. Returns 0, or -1 with the failure told. */
int image_load(struct span *file, const char *path, struct failure *failure);

/* Checks the file. Returns 0, or -1 with what is wrong told, without the file's name. */
int image_check(struct image *image, struct failure *failure);

/* Gives the file's memory back, but for the parts from `from` to `to`. */
void image_trim(struct image *image, const uint8_t *from, const uint8_t *to);

#endif
