/** What native code is held back from, and how its process ends: protection.c does it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { nativeTender } from "../engine.ts";
import { file } from "../process.ts";
import { assertHeldBack, protectionCases, protectionImage } from "./protection.ts";

const path = file("protection.wasm");
writeFileSync(path, protectionImage());

function run(name: string) {
  return spawnSync(nativeTender, [path, `--case=${name}`], { encoding: "utf8" });
}

const onX86 = process.arch === "x64";

for (const name of protectionCases(onX86 ? "x86_64" : "aarch64")) {
  test(`${name}: is held back`, () => {
    const { status, signal, stdout, stderr } = run(name);
    assertHeldBack(name, { status: status ?? String(signal), stdout, stderr });
  });
}

test("system calls of other kinds: the process ends", { skip: !onX86 && "x86 has several" }, () => {
  assert.equal(run("x32").status, 71);
  assert.equal(run("32 bits").signal, "SIGSYS");
});

test("memory up to the limit is the guest's to take", () => {
  const { status, stderr } = run("grow to the limit");
  assert.deepEqual([status, stderr], [7, ""]);
});

test("a guest that does nothing wrong ends by itself", () => {
  assert.equal(run("nothing").status, 7);
});

test("an address space that is too small is told", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `ulimit -v 1000000; exec "$0" "$1"`, nativeTender, path], {
    encoding: "utf8",
  });
  assert.match(stderr, /^tender: cannot reserve 8 GiB of addresses .* lift the limit: ulimit -v unlimited\n$/);
  assert.equal(status, 71);
});
