import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { componentEmbed, componentNew, componentWit, parse, print } from "@bytecodealliance/jco";
import { parseAbi } from "../../tools/abi/parse.ts";
import { witName } from "../../tools/abi/wit.ts";
import { drift, generate } from "../../tools/abi.ts";
import { readRepository, root } from "../support/repository.ts";

const source = readRepository("runtime/abi/tender.ts");
const world = readRepository("docs/abi.wit");

test("the committed C header and WIT world follow the ABI", () => {
  assert.deepEqual(drift(source, readRepository), []);
});

test("a changed value, a new hypercall and a missing file are drift", () => {
  const both = ["tender/native/abi.h", "docs/abi.wit"];
  const value = source.replace("CONSOLE_MAX: u32 = 65536", "CONSOLE_MAX: u32 = 65537");
  assert.notEqual(value, source);
  assert.deepEqual(drift(value, readRepository), ["tender/native/abi.h"]);
  assert.deepEqual(drift(`${source}\nexport declare function poweroff(): void;\n`, readRepository), both);
  assert.deepEqual(
    drift(source, () => undefined),
    both,
  );
});

test("what C and WIT cannot say is refused with its place", () => {
  const reading = (text: string) => () => parseAbi(text, "tender.ts");
  assert.throws(reading("\nexport const X: i32 = 1 + 2;"), /tender\.ts:2: expected a numeric constant/);
  assert.throws(reading("export const X: string = 1;"), /type "string"; expected one of i32/);
  assert.throws(reading("export function f(): void {}"), /tender\.ts:1: expected/);
  assert.throws(reading("export class C {}"), /tender\.ts:1: expected/);
  assert.throws(reading("export const = 1;"), /tender\.ts: /);
});

test("the C header carries constants, their comments and every hypercall", () => {
  const header = generate(source).get("tender/native/abi.h") ?? "";
  assert.match(header, /\/\*\* The device is read-only\. \*\/\n#define FATA_E_READ_ONLY \(-6\)\n/);
  assert.match(header, /#define FATA_DESC_NEXT 0x80000000u\n/);
  assert.match(header, /int32_t fata_argv\(struct fata_guest \*guest, int32_t index, uint32_t ptr, uint32_t cap\);/);
  assert.match(header, /X\(clock_monotonic, "", "I"\)/);
});

// An image in small: every hypercall imported, every export there. An image built by `fata build` has the same shape.
const CORE = `(module
  (import "tender" "exit" (func (param i32)))
  (import "tender" "console_write" (func (param i32 i32)))
  (import "tender" "argv" (func (param i32 i32 i32) (result i32)))
  (import "tender" "random" (func (param i32 i32) (result i32)))
  (import "tender" "clock_monotonic" (func (result i64)))
  (import "tender" "net_attach" (func (param i32 i32 i32) (result i32)))
  (import "tender" "block_attach" (func (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "start") (param i64 i64) (result i64) (i64.const 0))
  (func (export "step") (param i64 i64) (result i64) (i64.const -1))
  (func (export "event") (param i32)))`;

/** What `jco embed` and `jco new` make of a core module in text form, its imports renamed as docs/abi.md says. */
async function component(wat: string): Promise<Uint8Array> {
  const renamed = wat.replace(
    /\(import "tender" "(\w+)"/g,
    (_, name: string) => `(import "fata:tender/hypercalls@1.0.0" "${witName(name)}"`,
  );
  return componentNew(await componentEmbed({ binary: await parse(renamed), witSource: world }));
}

test("a core module becomes a component of the WIT world, which states the same world", async () => {
  const bytes = await component(CORE);
  // The layer field behind the magic number: 1 for a component, 0 for a core module.
  assert.deepEqual([...bytes.subarray(0, 8)], [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
  const wit = await componentWit(bytes);
  assert.match(wit, /import fata:tender\/hypercalls@1\.0\.0;/);
  assert.match(wit, /export step: func\(now: u64, wall: u64\) -> u64;/);
  const text = await print(bytes);
  for (const hypercall of ["exit", "console-write", "argv", "random", "clock-monotonic", "net-attach", "block-attach"])
    assert.match(text, new RegExp(`\\(export .*"${hypercall}" \\(func`));
});

test("an image that fata has built becomes a component", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fata-test-"));
  try {
    const image = join(folder, "noop.wasm");
    const fata = join(root, "build/compiler/cli.js");
    await promisify(execFile)(process.execPath, [fata, "build", join(root, "examples/noop"), "--dev", "-o", image]);
    const wit = await componentWit(await component(await print(await readFile(image))));
    assert.match(wit, /import fata:tender\/hypercalls@1\.0\.0;/);
    assert.match(wit, /export start: func\(now: u64, wall: u64\) -> u64;/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a module that lacks an export or has a wrong signature is no component of the world", async () => {
  await assert.rejects(component(CORE.replace('(export "step")', "")), /step/);
  await assert.rejects(component(CORE.replace("(param i32 i32 i32) (result i32)", "(param i32)")), /argv/);
});
