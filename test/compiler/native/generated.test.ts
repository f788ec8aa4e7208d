/** Hundreds of generated programs do the same on V8 and as native code. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { GeneratedPrograms } from "./generated.ts";
import { tested } from "./machine.ts";
import { traps } from "./v8.ts";

describe("generated programs", () => {
  const programs = new GeneratedPrograms([1, 2, 3, 4, 5]);
  before(() => programs.translate());

  for (const architecture of tested) {
    test(`do the same on V8 and on ${architecture.name}`, async () => {
      const { kinds, wrong } = await programs.run(architecture);
      assert.deepEqual(wrong.slice(0, 10), []);
      assert(programs.count >= 200);
      // They are of use: many give values, and each trap is there; but recursion that has no end.
      assert((kinds.get("value") ?? 0) > 9 * programs.count, JSON.stringify([...kinds]));
      for (const [, code] of traps.slice(0, -1))
        if (code !== 2) assert((kinds.get(`trap ${code}`) ?? 0) > 0, `no trap ${code}: ${JSON.stringify([...kinds])}`);
    });
  }
});
