/**
 * The native tender answers as Node's does: the tests of this folder and the conformance suite, run against it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../support/repository.ts";
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

for (const file of files) {
  test(file, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--test", join(root, `build/test/${file}.test.js`)],
      { encoding: "utf8", env: { ...env, FATA_TENDER: "native" } },
    );
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, /^# pass [1-9]/m);
    assert.match(stdout, /^# skipped 0$/m);
  });
}
