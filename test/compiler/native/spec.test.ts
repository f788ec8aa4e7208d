/** WebAssembly's specification tests: native code gives what they demand, and what V8 gives. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { before, describe, test } from "node:test";
import { tested } from "./machine.ts";
import { SpecTests, vectors } from "./spec.ts";

/** What scripts hold that is not run here. */
const leftOut = [
  // About validation and linking.
  ...["assert_malformed", "assert_invalid", "assert_unlinkable", "assert_trap of module"],
  // Images are single modules; what they import is the tender's.
  ...["register", "a call of another module", "a module with imports"],
  // Of a global; calls show them, too.
  "assert_return of get",
];

describe("the specification's tests", () => {
  const tests = new SpecTests();
  before(async () => {
    for (const script of readdirSync(vectors).filter((name) => name.endsWith(".wast"))) await tests.add(script);
    await tests.translate();
  });

  test("are run but for what is known", () => {
    assert.deepEqual(
      [...tests.left.keys()].filter((reason) => !leftOut.includes(reason)),
      [],
    );
    const calls = leftOut.slice(5).reduce((sum, reason) => sum + (tests.left.get(reason) ?? 0), 0);
    assert(calls < 30, `${calls} calls are left out`);
  });

  for (const architecture of tested) {
    test(`hold on ${architecture.name}`, async () => {
      const { compared, wrong } = await tests.run(architecture);
      assert.deepEqual(wrong.slice(0, 20), []);
      assert(compared > 15_000, `only ${compared} calls were compared`);
    });
  }
});
