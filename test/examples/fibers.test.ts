import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example, logOf, withoutTimes } from "./example.ts";

const example = await Example.build("fibers");

const expected = [
  "fast: 1",
  "fast: 2",
  "slow: 1",
  "fast: 3",
  "7 * 7 = 49",
  "hare: 1",
  "the hare wins",
  "tortoise: E_CANCELLED",
  "late: 1",
  "timeout: E_TIMEOUT",
  "late: E_CANCELLED",
  "idle: 1",
  "idle: 2",
  "idle: E_CANCELLED",
  "0 + 1 = 1",
  "1 + 2 = 3",
  "3 + 3 = 6",
  "10 litres: OK",
  "5 litres at once: E_TIMEOUT",
  "job 1 begins",
  "job 2 begins",
  "job 1 ends",
  "job 2 ends",
  "job 3 begins",
  "job 4 begins",
  "job 3 ends",
  "job 4 ends",
  "Anna: order 1 is ready",
  "Berta: order 2 is ready",
  "Anna: order 3 is ready",
  "Berta: order 4 is ready",
  "Berta goes home",
  "Anna: order 5 is ready",
  "Anna goes home",
].map((line) => `[INFO] [application] ${line}`);

describe("examples/fibers", () => {
  test("is small", () => example.checkSize());

  test("does one after the other what it shows, in a time that is known", () => {
    const tender = example.simulate().start();
    tender.advance(1779);
    assert.equal(tender.status, undefined);
    tender.advance(1);
    assert.equal(tender.status, 0);
    assert.deepEqual(logOf(tender), expected);
  });

  test("runs on the real tender", () => {
    const { status, stdout, stderr } = example.run();
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.equal(withoutTimes(stdout).at(-1), expected.at(-1));
  });
});
