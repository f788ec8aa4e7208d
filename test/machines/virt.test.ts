/** The native tender on aarch64: its filter, which qemu-user does not have, and KVM. */
import { before } from "node:test";
import { machines } from "../support/machine/hardware.ts";
import { Batch } from "./batch.ts";
import { addConformance } from "./conformance.ts";
import { TENDER, tenderFor } from "./tender.ts";

const { architecture } = machines.virt;
const batch = new Batch();
batch.place({ [TENDER]: tenderFor(architecture) });
addConformance(batch, TENDER, architecture, ["seccomp"]);
before(() => batch.boot("virt"));
