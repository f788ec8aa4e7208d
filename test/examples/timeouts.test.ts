/** timeout1 and timeout2: the same coin, and two ways of waiting for it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example, logOf } from "./example.ts";

const RETURNED = '[INFO] [application] Returned "Heads"';
const CANCELLED = "[INFO] [application] Cancelled";

const [timeout1, timeout2] = await Promise.all([
  Example.build("timeout1", { native: true }),
  Example.build("timeout2", { native: true }),
]);

/** What the image says, and how many ms after its start it ends. The seed decides when the coin lands. */
function play(example: Example, seed: number): { line: string | undefined; ms: number } {
  const tender = example.simulateWith({ seed }).start();
  let ms = 0;
  for (; tender.status === undefined && ms < 5000; ms++) tender.advance(1);
  const lines = logOf(tender);
  assert.deepEqual([tender.status, lines.length], [0, 1]);
  return { line: lines[0], ms };
}

const seeds = Array.from({ length: 24 }, (_, seed) => seed);

for (const example of [timeout1, timeout2]) {
  describe(`examples/${example.name}`, () => {
    test("is small", () => example.checkSize());

    test("runs on both tenders", async () => {
      for (const { tender, log } of await example.runOnBoth()) {
        assert.equal(log.length, 1, tender);
        assert.ok(log[0] === RETURNED || log[0] === CANCELLED, `${tender}: ${log[0]}`);
      }
    });
  });
}

test("timeout1 looks after two seconds, whenever the coin lands", () => {
  const plays = seeds.map((seed) => play(timeout1, seed));
  assert.deepEqual(new Set(plays.map(({ ms }) => ms)), new Set([2000]));
  assert.deepEqual(new Set(plays.map(({ line }) => line)), new Set([RETURNED, CANCELLED]));
});

test("timeout2 waits for no longer than the coin takes", () => {
  for (const seed of seeds) {
    const { line, ms } = play(timeout2, seed);
    assert.equal(line, play(timeout1, seed).line, "the same coin");
    if (line === CANCELLED) assert.equal(ms, 2000);
    else assert.ok(ms < 2000, `${ms} ms`);
  }
});
