/** Random rings and hypercalls against the native core under sanitizers: harness.c. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { root } from "../../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-ring-"));
after(() => rmSync(folder, { recursive: true }));

const SANITIZE = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

function build(): string {
  const core = `${folder}/core.a`;
  const make = ["-s", "-C", join(root, "tender/native"), `BUILD=${folder}`, `OPTIMISE=${SANITIZE.join(" ")}`, core];
  execFileSync("make", make, { stdio: "pipe" });
  const harness = join(folder, "harness");
  execFileSync("gcc", [
    ...SANITIZE,
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    harness,
    join(root, "test/fuzz/ring/harness.c"),
    core,
  ]);
  return harness;
}

test("no ring and no hypercall reads or writes outside the guest's memory", () => {
  const harness = build();
  const disk = join(folder, "disk.img");
  writeFileSync(disk, "");
  truncateSync(disk, 16384);
  for (const seed of [1, 2, 3, 4]) {
    const { status, signal, stderr } = spawnSync(harness, [String(seed), "1500", disk], {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    assert.equal(status ?? signal, 0, stderr);
    // Were everything refused at once, or nothing ever, the rest would be untested.
    const [guests, faults, filled, sent, requests] = (stderr.match(/\d+/g) ?? []).map(Number);
    assert.equal(guests, 1500);
    for (const reached of [faults, filled, sent, requests]) assert.ok((reached ?? 0) > 300, stderr);
    assert.ok((faults ?? 0) < 1500, stderr);
  }
  assert.equal(statSync(disk).size, 16384);
});
