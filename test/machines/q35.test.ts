/** The native tender on x86_64, with a kernel of our choice and KVM on a machine that may have none. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before } from "node:test";
import { machines } from "../support/machine/hardware.ts";
import { compileStatic } from "../support/machine/initramfs.ts";
import { nativeTenderFor } from "../support/native.ts";
import { CLOCK_CALLS } from "../tender/clock.ts";
import { Batch } from "./batch.ts";
import { addClock } from "./clock.ts";
import { addConformance } from "./conformance.ts";
import { addProtection } from "./protection.ts";
import { TENDER } from "./tender.ts";

const { architecture } = machines.q35;
const batch = new Batch();
const folder = mkdtempSync(join(tmpdir(), "fata-q35-"));
const clockCalls = join(folder, "clock_calls");
// Before there is any test, which would be run while this is awaited.
await compileStatic(architecture, CLOCK_CALLS, clockCalls);
batch.place({ [TENDER]: nativeTenderFor(architecture.name) });
addConformance(batch, TENDER, architecture, ["seccomp", "kvm"]);
addClock(batch, TENDER, architecture, ["seccomp", "kvm"], clockCalls);
// Emulated, a guest may mask interrupts, which there are none of: is_emulated in kvm_x86_64.c.
addProtection(batch, TENDER, architecture, ["seccomp"]);
addProtection(batch, TENDER, architecture, ["kvm"], ["interrupts off"]);
before(async () => {
  await batch.boot("q35");
  rmSync(folder, { recursive: true });
});
