/** The clocks are read without a system call, where the kernel offers that to programs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileStatic } from "../support/machine/initramfs.ts";
import { host } from "../support/native.ts";
import { CLOCK_CALLS, clockReader } from "./clock.ts";
import { tenderCommand } from "./engine.ts";
import { file, Running } from "./process.ts";
import { writeImage } from "./wat.ts";

const program = file("clock_calls");
await compileStatic(host, CLOCK_CALLS, program);
const image = writeImage(file("clock.wasm"), clockReader);

const statusOf = async (...words: readonly string[]) => (await new Running([program, ...words]).outcome).status;

test("a system call for a clock is seen", async () => {
  assert.equal(await statusOf("call"), "SIGSYS");
});

test("10,000 readings of the clock make no system call, if the C library's make none", async () => {
  // The kernel offers no clock to programs where the machine's counter cannot be relied on.
  const library = await statusOf("library");
  assert.ok(library === 0 || library === "SIGSYS", String(library));
  assert.equal(await statusOf(...tenderCommand, image), library);
});

test("the clock does not go back in 10,000 readings", async () => {
  assert.equal((await new Running([...tenderCommand, image]).outcome).status, 0);
});
