/** Functions that nest thousands of blocks, as a `switch` of as many arms does: more than wasm2c's own stack would hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostArchitecture } from "../../../compiler/native/architecture.ts";
import { unsigned } from "../../../compiler/pipeline/sections.ts";
import { makeLoader, translated } from "./machine.ts";
import { inV8 } from "./v8.ts";

/** One processor is enough: what is nested is translated before there is one. */
const target = hostArchitecture ? [hostArchitecture] : [];

function section(id: number, ...items: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(items.length), items.flat()].flat();
  return [id, ...unsigned(content.length), content].flat();
}

function body(code: readonly number[]): number[] {
  return [...unsigned(code.length), code].flat();
}

function name(text: string): number[] {
  return [text.length, ...Buffer.from(text)];
}

function exported(text: string, kind: number, index: number): number[] {
  return [...name(text), kind, index];
}

/** An image whose `start(arm)` jumps to one of the arms, and adds up the numbers of those from there on. */
function imageOf(arms: number): Uint8Array {
  const labels = Array.from({ length: arms }, (_, arm) => [...unsigned(arm)]);
  const sums = labels.flatMap((arm) => [0x0b, 0x20, 2, 0x42, ...signed(arm), 0x7c, 0x21, 2]); // end; sum = sum + arm
  const jump = [0x20, 0, 0xa7, 0x0e, [...unsigned(arms - 1)], labels.flat()].flat(); // br_table of start's first parameter
  const blocks = labels.flatMap(() => [0x02, 0x40]);
  const start = body([[1, 1, 0x7e], blocks, jump, sums, [0x20, 2, 0x0b]].flat());
  return Uint8Array.from(
    [
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [0x60, 2, 0x7e, 0x7e, 1, 0x7e], [0x60, 1, 0x7f, 0]),
      section(2, [...name("tender"), ...name("exit"), 0, 1]),
      section(3, [0], [0], [1]),
      section(5, [1, 1, 1]),
      section(7, exported("memory", 2, 0), exported("start", 0, 1), exported("step", 0, 2), exported("event", 0, 3)),
      section(10, start, body([0, 0x42, 0, 0x0b]), body([0, 0x0b])),
    ].flat(),
  );
}

/** A number in signed LEB128, from its unsigned form: a last byte whose sign bit would be set gets another one. */
function signed(number: ArrayLike<number>): number[] {
  const last = number[number.length - 1] ?? 0;
  return last & 0x40 ? [...Array.from(number).slice(0, -1), last | 0x80, 0] : Array.from(number);
}

test("thousands of nested blocks compute what V8 computes", async () => {
  assert(hostArchitecture, "this processor has no native code");
  const arms = 3000;
  const wasm = imageOf(arms);
  const { start } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)), {
    tender: { exit: () => {} },
  }).exports;
  const chosen = [0, 1, 63, 64, 127, 128, 300, 1500, arms - 1, arms, 1e6];
  const run = await makeLoader(hostArchitecture);
  const outcome = run(await translated(wasm, target), chosen.map((arm) => `start ${arm.toString(16)} 0\n`).join(""));
  assert.equal(outcome.status, 0, outcome.lines.at(-1));
  const call = start as (...words: bigint[]) => bigint;
  assert.deepEqual(
    outcome.lines.map((line) => line.split(" ", 2).join(" ")),
    chosen.map((arm) => inV8(() => call(BigInt(arm), 0n))),
  );
});

test("more than wasm2c allows is refused in one line", async () => {
  await assert.rejects(translated(imageOf(20_000), target), {
    message: /^wasm2c [\d.]+ cannot translate the image to C: label stack exceeds max nesting depth$/,
  });
});
