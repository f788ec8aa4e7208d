/** What native code is held back from, and how its process ends: protection.c does it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { hasKvm } from "../../support/native.ts";
import { architecture, nativeTender } from "../engine.ts";
import { file } from "../process.ts";
import { assertHeldBack, type Isolation, protectionCases, protectionImage } from "./protection.ts";

const path = file("protection.wasm");
writeFileSync(path, protectionImage());

function run(isolation: Isolation, name: string) {
  return spawnSync(nativeTender, [`--isolation=${isolation}`, path, `--case=${name}`], { encoding: "utf8" });
}

const onX86 = architecture === "x86_64";
const isolations: readonly Isolation[] = hasKvm ? ["seccomp", "kvm"] : ["seccomp"];

for (const isolation of isolations) {
  for (const name of protectionCases(architecture, isolation)) {
    test(`${name}: is held back under ${isolation}`, () => {
      const { status, signal, stdout, stderr } = run(isolation, name);
      assertHeldBack(name, architecture, isolation, { status: status ?? String(signal), stdout, stderr });
    });
  }

  test(`memory up to the limit is the guest's to take under ${isolation}`, () => {
    const { status, stderr } = run(isolation, "grow to the limit");
    assert.deepEqual([status, stderr], [7, ""]);
  });

  test(`a guest that does nothing wrong ends by itself under ${isolation}`, () => {
    assert.equal(run(isolation, "nothing").status, 7);
  });
}

if (hasKvm)
  test("what a guest writes between its calls changes nothing but for itself", () => {
    const { status, stdout, stderr } = run("kvm", "spoilt exchange");
    assert.deepEqual([status, stdout, stderr], [7, "words\nagain\nwords\nagain\n", ""]);
  });

test("under seccomp a guest may make system calls of its own memory", () => {
  assert.equal(run("seccomp", "take memory").status, 7);
});

// Only x86 has several.
if (onX86)
  test("system calls of other kinds under seccomp: the process ends", () => {
    assert.equal(run("seccomp", "x32").status, 71);
    assert.equal(run("seccomp", "32 bits").signal, "SIGSYS");
  });

test("an address space that is too small is told", () => {
  const limited = (isolation: string, kib: number) =>
    spawnSync("sh", ["-c", `ulimit -v ${kib}; exec "$0" "$@"`, nativeTender, `--isolation=${isolation}`, path], {
      encoding: "utf8",
    });
  const seccomp = limited("seccomp", 1_000_000);
  assert.match(seccomp.stderr, /^tender: cannot reserve 8 GiB of addresses .* lift the limit: ulimit -v unlimited\n$/);
  assert.equal(seccomp.status, 71);
  if (!hasKvm) return;
  const kvm = limited("kvm", 1_500);
  assert.match(kvm.stderr, /^tender: cannot reserve \d+ KiB of addresses .* lift the limit: ulimit -v unlimited\n$/);
  assert.equal(kvm.status, 71);
});
