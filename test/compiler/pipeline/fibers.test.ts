/** What code finds out does not depend on where it waits. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileGuest } from "../../support/guest.ts";

for (const mode of ["dev", "default", "release"] as const)
  describe(`code that waits (${mode})`, async () => {
    const guest = await compileGuest(import.meta.url, "fibers.as.ts", { mode });
    const run = (every: number): string[] => {
      const tender = guest.instantiate({ arguments: [`--every=${every}`] }).start();
      for (let step = 0; tender.status === undefined && step < 10_000; step++) tender.advance(1);
      assert.equal(tender.status, 0, "the image ends");
      return tender.lines;
    };
    const found = run(0).slice(0, -1);

    for (const every of [1, 2, 3, 7, 100])
      test(`finds the same when each call of ${every} waits`, () => {
        const lines = run(every);
        const calls = Number(found.at(-1)?.split(" ").at(-1));
        assert.ok(found.length === 40 && calls > 1000, "much was done");
        assert.deepEqual(lines.slice(0, -1), found);
        assert.equal(lines.at(-1), `waits ${Math.floor(calls / every)}`);
      });
  });
