/* "Did you mean", as tender/nearest.ts. */
#include <string.h>

#include "command.h"

/* Longer words are near to nothing. */
#define WORD_MAX 64

/* Levenshtein's distance. */
static size_t distance(const char *a, const char *b) {
  size_t row[WORD_MAX + 1], columns = strlen(b);
  for (size_t j = 0; j <= columns; j++) row[j] = j;
  for (size_t i = 1; *a; a++, i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= columns; j++) {
      size_t above = row[j], best = diagonal + (*a != b[j - 1]);
      if (above + 1 < best) best = above + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = above;
      row[j] = best;
    }
  }
  return row[columns];
}

void nearest_start(struct nearest *n, const char *word) {
  size_t third = strlen(word) / 3;
  *n = (struct nearest){.word = word, .distance = (third > 2 ? third : 2) + 1};
}

void nearest_try(struct nearest *n, const char *prefix, const char *candidate) {
  char full[WORD_MAX + 2];
  size_t length = text_format(full, sizeof full, "%s%s", prefix, candidate);
  if (length > WORD_MAX || strlen(n->word) > WORD_MAX) return;
  size_t d = distance(n->word, full);
  if (d >= n->distance) return;
  n->distance = d;
  memcpy(n->best, full, length + 1);
}
