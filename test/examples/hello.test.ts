import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example, withoutTimes } from "./example.ts";

const hello = await Example.build("hello");
const LINE = "[INFO] [application] hello";

describe("examples/hello", () => {
  test("is small", () => hello.checkSize());

  test("says hello four times", () => {
    const { status, stdout, stderr } = hello.run();
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.deepEqual(withoutTimes(stdout), [LINE, LINE, LINE, LINE]);
  });

  test("is silent when asked to be", () => {
    const tender = hello.simulate("--logs=quiet").start().advance(4000);
    assert.deepEqual([tender.status, tender.lines], [0, []]);
  });

  test("does so one second apart, and ends after the fourth", () => {
    const tender = hello.simulate().start();
    const expected = [0, 1, 2, 3].map((second) => `2026-11-21T07:35:0${second}Z: ${LINE}`);
    for (let second = 0; second < 4; second++) {
      assert.deepEqual(tender.lines, expected.slice(0, second + 1));
      assert.equal(tender.status, undefined);
      tender.advance(1000);
    }
    assert.deepEqual(tender.lines, expected);
    assert.equal(tender.status, 0);
  });
});
