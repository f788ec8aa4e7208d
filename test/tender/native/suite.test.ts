/**
 * The native tender answers as Node's does: the tests of this folder and the conformance suite, run against it.
 */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { passes } from "../../support/suite.ts";
import { nativeTender } from "../engine.ts";

/** sandbox.test.ts is about what V8 is refused; protection.test.ts is the same for native code. */
const files = [
  "tender/cli",
  "tender/options",
  "tender/arguments",
  "tender/image",
  "tender/trap",
  "tender/signals",
  "tender/block",
  "tender/network",
  "conformance/conformance",
];

test("the native tender is built, static, and small", () => {
  assert.ok(existsSync(nativeTender), "build it: npm run build:native");
  assert.ok(statSync(nativeTender).size <= 130_000, `${statSync(nativeTender).size} bytes`);
});

for (const file of files) test(file, () => passes(file, { FATA_TENDER: "native" }));
