import { test } from "node:test";

/**
 * Defines a test for each of many seeds. FATA_SEEDS=1000 in the environment tries as many; FATA_SEED=17 only that one,
 * to repeat what failed.
 * @param count how many, unless told otherwise
 */
export function testSeeds(count: number, run: (seed: number) => void): void {
  const only = process.env["FATA_SEED"];
  const first = Number(only ?? 1);
  const last = only === undefined ? Number(process.env["FATA_SEEDS"] ?? count) : first;
  for (let seed = first; seed <= last; seed++) test(`seed ${seed}`, () => run(seed));
}
