import assert from "node:assert/strict";
import { test } from "node:test";
import { readCorpus } from "./corpus.ts";
import { fuzz } from "./engine.ts";
import { targets } from "./targets.ts";

const INPUTS = 500_000;

for (const [name, open] of Object.entries(targets)) {
  // Another seed each day: over time the inputs are not always the same, and a failure can be repeated that day.
  const seed = Math.floor(Date.now() / 86_400_000);
  test(`${name}: mutations of seed ${seed}`, async () => {
    const target = open();
    const inputs = Math.floor(INPUTS / (target.cost ?? 1));
    assert.equal(await fuzz(target, readCorpus(target.name), seed, (fed) => fed < inputs), inputs);
  });
}
