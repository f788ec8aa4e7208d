/** Companions and unikernel print what the contract says, under this repository's tender. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../support/repository.ts";
import { tenderCommand } from "../tender/engine.ts";
import { companionNames, readCompanion } from "./companion.ts";
import { expectedFile, runCompanion, runUnikernel, UNIKERNEL } from "./run.ts";

for (const name of companionNames()) {
  test(name, async () => {
    assert.equal(await runCompanion(tenderCommand, readCompanion(name)), readFileSync(expectedFile(name), "utf8"));
  });
}

test("the unikernel", async () => {
  assert.equal(await runUnikernel(tenderCommand), readFileSync(expectedFile(UNIKERNEL), "utf8"));
});

test("together the companions call every hypercall and give it something bad", () => {
  const all = companionNames()
    .map((name) => readFileSync(join(root, `test/conformance/wat/${name}.wat`), "utf8"))
    .join("\n");
  const imports = readFileSync(join(root, "test/conformance/wat/prelude.wat"), "utf8").matchAll(/"tender" "(\w+)"/g);
  const names = [...imports].map((m) => m[1]);
  assert.equal(names.length, 7);
  for (const name of names) assert.ok(all.includes(`(call $${name}`), name);
  assert.ok(readdirSync(join(root, "test/conformance/expected")).length >= companionNames().length);
});
