/** Compares what a page says a command prints with what it does print, but for times, which differ, and sizes, nearly. */
import assert from "node:assert/strict";

/** By how much a size on a page may be wrong: images grow and shrink a little with each change of the library. */
const TOLERANCE = 0.1;

const SIZE = /(\d+(?:\.\d+)?) (?=(?:bytes|kB|MB)\b)/g;

/** What is different each time, and what is compared in its place. */
const times: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME"],
  [/\b[0-9.]+(\/[0-9.]+)+ ms/g, "DURATIONS"],
  [/\b\d+(\.\d+)? ?(ms|s)\b/g, "DURATION"],
];

/** @param said on the page @param printed by the command */
export function assertPrints(said: string, printed: string): void {
  assert.equal(masked(printed), masked(said));
  const sizes = (output: string) => [...output.matchAll(SIZE)].map(([, size]) => Number(size));
  const real = sizes(printed);
  for (const [i, size] of sizes(said).entries()) {
    const difference = Math.abs(size - (real[i] ?? 0));
    assert.ok(difference <= TOLERANCE * size, `the page says ${size} where ${real[i]} is true:\n${printed}`);
  }
}

function masked(output: string): string {
  const sized = output.trimEnd().replace(SIZE, "SIZE ");
  return times.reduce((text, [pattern, name]) => text.replace(pattern, name), sized);
}
