/**
 * The native tender answers as Node's does: the tests of this folder and the conformance suite, run against it.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { architectures } from "../../../compiler/native/architecture.ts";
import { hasKvm, nativeTenderFor } from "../../support/native.ts";
import { passes } from "../../support/suite.ts";
import { sharedTests } from "./parity.ts";

/** The test files for each value of FATA_TENDER (engine.ts): of the other processor, what differs between processors. */
const suites = {
  native: sharedTests,
  foreign: ["tender/arguments", "tender/trap", "tender/signals", "tender/statistics", "conformance/conformance"],
};

for (const { name } of architectures) {
  test(`the native tender for ${name} is built, static, and small`, () => {
    const path = nativeTenderFor(name);
    assert.ok(existsSync(path), "build it: npm run build:native");
    assert.ok(statSync(path).size <= 130_000, `${statSync(path).size} bytes`);
    const headers = execFileSync("readelf", ["-lW", path], { encoding: "utf8" });
    assert.match(headers, /^Elf file type is EXEC/m);
    assert.doesNotMatch(headers, /INTERP|DYNAMIC/);
  });
}

for (const [engine, files] of Object.entries(suites)) {
  for (const isolation of engine === "native" && hasKvm ? ["seccomp", "kvm"] : ["seccomp"])
    for (const file of files)
      test(`${engine} under ${isolation}: ${file}`, () =>
        passes(file, { FATA_TENDER: engine, FATA_ISOLATION: isolation }));
}
