/** Two ways of waiting for both coins, which land alike. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example } from "./example.ts";

const [HEADS, TAILS, FINISHED] = ["Heads", "Tails", "Finished"].map((word) => `[INFO] [application] ${word}`);

for (const name of ["heads1", "heads2"]) {
  const example = await Example.build(name, { native: true });

  describe(`examples/${name}`, () => {
    test("is small", () => example.checkSize());

    test("two coins land one after the other, at a second and at two, and then it ends", () => {
      const tender = example.simulate().start();
      tender.advance(999);
      assert.deepEqual(tender.lines, []);
      tender.advance(1);
      assert.deepEqual(tender.lines, [`2026-11-21T07:35:01Z: ${HEADS}`]);
      tender.advance(999);
      assert.equal(tender.lines.length, 1);
      assert.equal(tender.status, undefined);
      tender.advance(1);
      const last = [TAILS, FINISHED].map((line) => `2026-11-21T07:35:02Z: ${line}`);
      assert.deepEqual(tender.lines.slice(1), last);
      assert.equal(tender.status, 0);
    });

    test("runs on both tenders", async () => {
      for (const { tender, log } of await example.runOnBoth()) assert.deepEqual(log, [HEADS, TAILS, FINISHED], tender);
    });
  });
}
