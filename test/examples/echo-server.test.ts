import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example, logOf, printed, stopped, withoutTimes } from "./example.ts";

const example = await Example.build("echo-server", { native: true });
const LINE = /^\[INFO\] \[application\] (a*)$/;

describe("examples/echo-server", () => {
  test("is small", () => example.checkSize());

  test("says ten lines of up to nineteen letters, each within 2.5 seconds, as the seed wants it", () => {
    const runs = [0, 1, 2, 3].map((seed) => {
      const tender = example.simulateWith({ seed }).start();
      const times: number[] = [];
      for (let ms = 0; tender.status === undefined; ms++) {
        while (times.length < tender.lines.length) times.push(ms);
        assert.ok(ms - (times.at(-1) ?? 0) <= 2500, `a line that takes longer, after ${ms} ms`);
        tender.advance(1);
      }
      assert.equal(tender.status, 0);
      const lines = logOf(tender);
      return lines.map((line) => {
        const letters = LINE.exec(line)?.[1]?.length ?? Number.NaN;
        assert.ok(letters < 20, line);
        return letters;
      });
    });
    for (const lengths of runs) assert.equal(lengths.length, 10);
    assert.equal(new Set(runs.map(String)).size, runs.length, "each seed has lines of its own");
  });

  test("runs on both tenders, until it is stopped", async () => {
    await Promise.all(
      example.spawnOnBoth().map(async ({ child }) => {
        const output = await printed(child, "[INFO]");
        assert.equal(await stopped(child, "SIGINT"), 0);
        for (const line of withoutTimes(output)) assert.match(line, LINE);
      }),
    );
  });
});
