import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Example } from "./example.ts";

const noop = await Example.build("noop");

describe("examples/noop", () => {
  test("is small", () => noop.checkSize());

  test("ends with status 0 and says nothing", () => {
    const { status, stdout, stderr } = noop.run();
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
  });
});
