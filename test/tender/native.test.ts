/** The tender without its native core, as after an installation without a C compiler. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { tenderCommand } from "./engine.ts";
import { file } from "./process.ts";

test("says which command builds the native core, also in a folder that is called build", () => {
  const script = file("build/fata/build/tender/tender.cjs");
  mkdirSync(dirname(script), { recursive: true });
  copyFileSync(String(tenderCommand.at(-1)), script);
  const { status, stderr } = spawnSync(process.execPath, [script, "any.wasm"], { encoding: "utf8" });
  assert.match(stderr, /^tender: the native core cannot be loaded \(.*\); build it: make -C (.*)\n$/);
  assert.ok(stderr.endsWith(` make -C ${file("build/fata/tender/native")}\n`), stderr);
  assert.equal(status, 71);
});
