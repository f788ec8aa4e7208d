/** Random rings and hypercalls against the native core under sanitizers: harness.c. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { root } from "../../support/repository.ts";
import { makeSanitized, SANITIZERS } from "../sanitized.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-ring-"));
after(() => rmSync(folder, { recursive: true }));

/** Network devices: harness.c tells of them. */
const KINDS = ["datagrams", "offloads", "stream", "rw", "uring"] as const;

/** Compiles core and harness. */
function build(): string {
  makeSanitized(folder);
  const harness = join(folder, "harness");
  execFileSync("gcc", [
    ...SANITIZERS,
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    harness,
    join(root, "test/fuzz/ring/harness.c"),
    join(folder, "core.a"),
  ]);
  return harness;
}

/**
 * Runs random guests, and looks at how they fared.
 * @param seeds one run each
 * @param guests how many guests a run has
 */
export function fuzzRings(seeds: readonly number[], guests: number): void {
  const harness = build();
  const disk = join(folder, "disk.img");
  writeFileSync(disk, "");
  truncateSync(disk, 16384);
  const runs = seeds.flatMap((seed) => KINDS.map((kind) => [seed, kind] as const));
  for (const [seed, kind] of runs) {
    const { status, signal, stderr } = spawnSync(harness, [String(seed), String(guests), disk, kind], {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    assert.equal(status ?? signal, 0, stderr);
    // Were everything refused at once, or nothing ever, the rest would be untested.
    const [run, faults, filled, sent, requests] = (stderr.match(/\d+/g) ?? []).map(Number);
    assert.equal(run, guests);
    for (const reached of [faults, filled, sent, requests]) assert.ok((reached ?? 0) > 300, stderr);
    assert.ok((faults ?? 0) < guests, stderr);
  }
  assert.equal(statSync(disk).size, 16384);
}
