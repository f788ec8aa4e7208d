/** The native tender on x86_64, with a kernel of our choice and KVM on a machine that may have none. */
import { before } from "node:test";
import { machines } from "../support/machine/hardware.ts";
import { Batch } from "./batch.ts";
import { addConformance } from "./conformance.ts";
import { addProtection } from "./protection.ts";
import { TENDER, tenderFor } from "./tender.ts";

const { architecture } = machines.q35;
const batch = new Batch();
batch.place({ [TENDER]: tenderFor(architecture) });
addConformance(batch, TENDER, architecture, ["seccomp", "kvm"]);
// Emulated, a guest may mask interrupts, which there are none of: is_emulated in kvm_x86_64.c.
addProtection(batch, TENDER, architecture, ["seccomp"]);
addProtection(batch, TENDER, architecture, ["kvm"], ["interrupts off"]);
before(() => batch.boot("q35"));
