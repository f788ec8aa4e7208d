/** Native code that does what it must not, in a machine. */
import { test } from "node:test";
import type { Architecture } from "../../compiler/native/architecture.ts";
import { assertHeldBack, protectionCases, protectionImage } from "../tender/native/protection.ts";
import type { Batch } from "./batch.ts";

const IMAGE = "/protection.wasm";

/** Adds each case to what a machine is to run, and the tests of how it ends. */
export function addProtection(batch: Batch, tender: string, architecture: Architecture): void {
  batch.place({ [IMAGE]: protectionImage(architecture) });
  for (const name of protectionCases(architecture.name)) {
    const ran = batch.add(tender, "--isolation=seccomp", IMAGE, `--case=${name}`);
    test(`${name}: is held back under seccomp`, () => assertHeldBack(name, batch.result(ran)));
  }
}
