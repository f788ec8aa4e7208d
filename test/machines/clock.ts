/** Reading the clock in a machine: without a system call, where its kernel offers that to programs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Architecture } from "../../compiler/native/architecture.ts";
import { clockReader } from "../tender/clock.ts";
import { withNative } from "../tender/engine.ts";
import { image } from "../tender/wat.ts";
import type { Batch } from "./batch.ts";

const PROGRAM = "/clock_calls";
const IMAGE = "/clock.wasm";

/**
 * Adds the readings to what a machine is to run, and the tests of how they end.
 * @param program CLOCK_CALLS, compiled for the machine
 */
export function addClock(
  batch: Batch,
  tender: string,
  architecture: Architecture,
  isolations: readonly string[],
  program: string,
): void {
  batch.place({ [PROGRAM]: program, [IMAGE]: withNative(image(clockReader), architecture.name) });
  const call = batch.add(PROGRAM, "call");
  const library = batch.add(PROGRAM, "library");
  for (const isolation of isolations) {
    const command = [tender, `--isolation=${isolation}`, IMAGE];
    const plain = batch.add(...command);
    const watched = batch.add(PROGRAM, ...command);
    test(`the clock does not go back under ${isolation}, and makes no system call if the C library makes none`, () => {
      assert.equal(batch.result(plain).status, 0, batch.result(plain).stderr);
      assert.equal(batch.result(call).status, "signal 31");
      // There the counter is part of the architecture, and can be relied on.
      if (architecture.name === "aarch64") assert.equal(batch.result(library).status, 0);
      assert.equal(batch.result(watched).status, batch.result(library).status);
    });
  }
}
