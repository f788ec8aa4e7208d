import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatTable, quantile, row } from "../../bench/table.ts";

describe("the table of the benches", () => {
  test("quantiles interpolate, whatever the order", () => {
    assert.equal(quantile([3, 1, 2], 0.5), 2);
    assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
    assert.equal(quantile([7], 0.25), 7);
    assert.equal(quantile([0, 10], 0.75), 7.5);
    assert.throws(() => quantile([], 0.5), /no quantile/);
  });

  test("the median decides whether a target is met", () => {
    assert.equal(row("x", [9, 1, 2], "", 1, { atMost: 2 }).met, true);
    assert.equal(row("x", [9, 1, 2.1], "", 1, { atMost: 2 }).met, false);
    assert.equal(row("x", [0.7, 0.75, 0.8], "", 2, { atLeast: 0.75 }).met, true);
    assert.equal(row("x", [0.7, 0.74, 0.8], "", 2, { atLeast: 0.75 }).met, false);
    assert.equal(row("x", [1], "", 1).met, undefined);
  });

  test("what was not measured is no row", () => {
    assert.throws(() => row("x", [1, Number.NaN], " ms", 1), /x: NaN was measured/);
    assert.throws(() => row("x", [], " ms", 1), /no quantile/);
  });

  test("columns are aligned, and a missed target is plain to see", () => {
    const lines = formatTable([
      row("short", [1, 2, 3], " ms", 1, { atMost: 1 }),
      row("  longer than that", [0.5], "", 2),
    ]).split("\n");
    assert.deepEqual(lines.slice(2), [
      "short               at most 1 ms  2.0 ms    1.5 to 2.5   3     NOT MET",
      "  longer than that                0.50                   1",
    ]);
  });
});
