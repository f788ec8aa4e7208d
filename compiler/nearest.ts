/** "Did you mean". */
import leven from "leven";

/** The candidate that `word` is most likely a slip of, if any is near enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.floor(word.length / 3) + 2;
  for (const candidate of candidates) {
    const distance = leven(word, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}
