/** The command of CONTRIBUTING.md that runs a command in a machine. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../support/repository.ts";

function run(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const program = join(root, "build/test/support/machine/run.js");
  return spawnSync(process.execPath, [program, ...words], { encoding: "utf8", env });
}

test("a command in a machine has the files it was given, and its output and status are the machine's", () => {
  const file = join(root, "package.json");
  const script = "uname -m; head -c 1 /package.json; ls /dev/kvm; echo to standard error >&2; exit 9";
  const { status, stdout, stderr } = run("virt", file, "--", "/bin/busybox", "sh", "-c", script);
  assert.equal(stdout, "aarch64\n{/dev/kvm\n");
  assert.match(stderr, /^to standard error$/m);
  assert.equal(status, 9);
});

test("without a command, or for a machine that there is not, it says how it is used", () => {
  for (const words of [[], ["virt"], ["virt", "--"], ["vax", "--", "ls"]]) {
    const { status, stderr } = run(...words);
    assert.match(stderr, /^usage: .* q35 \| virt \| raspi3b \[FILE\.\.\.\] -- COMMAND/);
    assert.equal(status, 64);
  }
});
