import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NativeFuzzer, nativeTargets } from "./native.ts";

const INPUTS = 100_000;

const fuzzer = new NativeFuzzer();
after(() => fuzzer.remove());

for (const name of nativeTargets) {
  test(`${name}: ${INPUTS} inputs`, () => {
    const run = fuzzer.fuzz(name, 1, INPUTS);
    assert.equal(run.inputs, INPUTS);
    // Were everything refused at once, or the coverage not seen, little would be tested.
    assert.ok(run.accepted > 100, `${run.accepted} inputs were accepted`);
    assert.ok(run.kept > 30, `${run.kept} inputs were kept`);
  });
}
