import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NativeFuzzer, nativeTargets } from "./native.ts";

const INPUTS = 5_000_000;
/** Another one each day, which can be repeated that day. */
const SEED = Math.floor(Date.now() / 86_400_000);

const fuzzer = new NativeFuzzer();
after(() => fuzzer.remove());

for (const name of nativeTargets) {
  test(`${name}: ${INPUTS} inputs of seed ${SEED}`, () => {
    const run = fuzzer.fuzz(name, SEED, INPUTS);
    assert.equal(run.inputs, INPUTS);
    // Were everything refused at once, or the coverage not seen, little would be tested.
    assert.ok(run.accepted > 10_000, `${run.accepted} inputs were accepted`);
    assert.ok(run.kept > 30, `${run.kept} inputs were kept`);
  });
}
