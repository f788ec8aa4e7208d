/**
 * "Did you mean": loaded only when something is wrong.
 */
import leven from "leven";

/**
 * The candidate that looks most like `word`.
 * @returns a question such as "; did you mean --mem?", or nothing where none is near
 */
export function didYouMean(word: string, candidates: readonly string[]): string {
  let best = "";
  let distance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const d = leven(word, candidate);
    if (d < distance) [best, distance] = [candidate, d];
  }
  return best && `; did you mean ${best}?`;
}
