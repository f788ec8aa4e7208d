/** The native tender's reader of values takes those of test/vectors/values.ts, and TypeScript's answers for any others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ArgumentType, argumentTypes, encodeManifest, isValue } from "../../../runtime/abi/manifest.ts";
import { openReaders } from "../../fuzz/native/readers.ts";
import { values } from "../../vectors/values.ts";
import { plainManifest } from "../wat.ts";

const { readManifest } = openReaders();

/** Whether the text is a value, as C has it: its reader tells of the text that documents an argument. */
function isValueInC(type: ArgumentType, text: string): boolean {
  const argument = { name: "a", short: "", type, default: "x", doc: text };
  const answer = readManifest(Buffer.from(encodeManifest({ ...plainManifest, arguments: [argument] })));
  assert(Array.isArray(answer), String(answer));
  return answer.at(-1) === "a value";
}

for (const type of argumentTypes) {
  test(`of type ${type}`, () => {
    // Longer ones cannot document anything.
    const { right, wrong } = values[type];
    for (const text of right) assert(isValueInC(type, text), JSON.stringify(text));
    for (const text of wrong.filter((value) => value.length <= 4096)) assert(!isValueInC(type, text), text);
  });
}

test("any others", () => {
  const piece = fc.constantFrom(...[..."019af.:,-/sm"], "::", "10", "255", "ffff", "ms", "1.2.3.4", "::1", "/64");
  const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.constantFrom(...argumentTypes), text, (type, value) => {
      assert.equal(isValueInC(type, value), isValue({ type, default: "x" }, value), `${type}: ${value}`);
    }),
    { numRuns: 5000 },
  );
});
