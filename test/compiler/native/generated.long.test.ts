/** Thousands of generated programs do the same on V8 and as native code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { GeneratedPrograms } from "./generated.ts";
import { tested } from "./machine.ts";

const BATCHES = 10;
const SEEDS_A_BATCH = 8;

for (let batch = 0; batch < BATCHES; batch++) {
  const first = 1000 + batch * SEEDS_A_BATCH;
  test(`the programs of seeds ${first} to ${first + SEEDS_A_BATCH - 1}`, async () => {
    const programs = new GeneratedPrograms(Array.from({ length: SEEDS_A_BATCH }, (_, index) => first + index));
    await programs.translate();
    for (const architecture of tested) assert.deepEqual((await programs.run(architecture)).wrong.slice(0, 10), []);
  });
}
