/** What generated programs find out does not depend on where they wait. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { compileText } from "../../support/guest.ts";
import { waitingProgram } from "./waiting.ts";

const SEEDS = 8;

for (const mode of ["dev", "default", "release"] as const)
  for (let seed = 1; seed <= SEEDS; seed++)
    test(`the program of seed ${seed} (${mode})`, async () => {
      const guest = await compileText(waitingProgram(seed), packageRoot, { mode });
      const run = (every: number): readonly [found: readonly string[], waits: number] => {
        const tender = guest.instantiate({ arguments: [`--every=${every}`] }).start();
        for (let step = 0; tender.status === undefined && step < 100_000; step++) tender.advance(1);
        assert.equal(tender.status, 0, "the image ends");
        return [tender.lines.slice(0, -1), Number(tender.lines.at(-1)?.split(" ").at(-1))];
      };
      const [found] = run(0);
      const calls = Number(found.at(-1)?.split(" ").at(-1));
      for (const every of [1, 2, 3, 7]) assert.deepEqual(run(every), [found, Math.floor(calls / every)]);
    });
