/** The native tender on aarch64: its filter, which qemu-user does not have, and KVM. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { machines } from "../support/machine/hardware.ts";
import { compileStatic } from "../support/machine/initramfs.ts";
import { nativeTenderFor } from "../support/native.ts";
import { CLOCK_CALLS } from "../tender/clock.ts";
import { Batch, busybox } from "./batch.ts";
import { addClock } from "./clock.ts";
import { addConformance } from "./conformance.ts";
import { addProtection } from "./protection.ts";
import { TENDER } from "./tender.ts";

const { architecture } = machines.virt;
const batch = new Batch();
const folder = mkdtempSync(join(tmpdir(), "fata-virt-"));
const clockCalls = join(folder, "clock_calls");
// Before there is any test, which would be run while this is awaited.
await compileStatic(architecture, CLOCK_CALLS, clockCalls);
batch.place({ [TENDER]: nativeTenderFor(architecture.name) });
addConformance(batch, TENDER, architecture, ["seccomp", "kvm"]);
addClock(batch, TENDER, architecture, ["seccomp", "kvm"], clockCalls);
addProtection(batch, TENDER, architecture, ["seccomp", "kvm"]);

const ends = [
  batch.script("echo out; echo error >&2; exit 3"),
  batch.script("kill -9 $$"),
  batch.add("/nowhere"),
  batch.add(busybox, "printf", "@exit 0\\n\\0@end"),
];
const hangs = batch.limited(1, busybox, "sleep", "1000");

test("a machine tells what its commands print, and how they end", () => {
  const [split, killed, missing, framed] = ends.map((number) => batch.result(number));
  assert.deepEqual(split, { status: 3, stdout: "out\n", stderr: "error\n" });
  assert.equal(killed?.status, "signal 9");
  assert.deepEqual(missing, { status: 127, stdout: "", stderr: "/nowhere: No such file or directory\n" });
  assert.deepEqual(framed, { status: 0, stdout: "@exit 0\n\0@end", stderr: "" });
  assert.equal(batch.result(hangs).status, "timeout");
});

before(async () => {
  await batch.boot("virt");
  rmSync(folder, { recursive: true });
});
