/** What is wrong with an image, before anything is opened for it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { encodeManifest, MANIFEST_SECTION } from "../../runtime/abi/manifest.ts";
import { readImage, spell } from "../../tender/image.ts";
import { loadNative } from "../../tender/native.ts";
import { readOutline } from "../../tender/wasm.ts";
import { isNative, nativeTender } from "./engine.ts";
import { file, refuses, tender } from "./process.ts";
import { assemble, guest, image, imports, plainManifest, section } from "./wat.ts";

const { signatures } = loadNative();
const good = image(guest({}));
const manifestSection = section(MANIFEST_SECTION, Buffer.from(encodeManifest(plainManifest)));

/** Has the native tender read an image, which it is to refuse. */
function readByNative(path: string): never {
  const { status, stderr } = spawnSync(nativeTender, [path], { encoding: "utf8" });
  throw Object.assign(new Error(stderr.replace(/^tender: (.*)\n$/, "$1")), { status });
}

function refused(bytes: Uint8Array, message: RegExp): void {
  const path = file("bad.wasm");
  writeFileSync(path, bytes);
  assert.throws(
    () => (isNative ? readByNative(path) : readImage(path, signatures)),
    (error: Error & { status: number }) => {
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(path));
      assert.equal(error.status, 65);
      return true;
    },
  );
}

test("a good image", () => {
  writeFileSync(file("good.wasm"), good);
  const { manifest, outline } = readImage(file("good.wasm"), signatures);
  assert.equal(manifest.name, "test");
  assert.deepEqual(outline.memory, { initial: 1, maximum: 16 });
  assert.equal(outline.imports.length, 7);
  assert.deepEqual(outline.exports[0], { module: "", name: "memory", type: "memory" });
});

test("the core's hypercalls are the ABI's", () => {
  assert.deepEqual(
    { ...signatures },
    {
      exit: "i:",
      console_write: "ii:",
      argv: "iii:i",
      random: "ii:i",
      clock_monotonic: ":I",
      net_attach: "iii:i",
      block_attach: "iii:i",
    },
  );
  assert.equal(spell("iI:I"), "(i32 i64) -> (i64)");
});

test("no wasm, or not all of it", () => {
  refused(Buffer.alloc(0), /this is no image: it is not wasm/);
  refused(Buffer.from("#!/bin/sh\n"), /it is not wasm/);
  refused(good.subarray(0, 6), /truncated/);
  refused(Buffer.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]), /another version/);
  assert.throws(() => readImage(file("none.wasm"), signatures), /there is no such image; build one: fata build DIR/);
  assert.throws(() => readImage("/", signatures), /cannot be read/);
});

test("every truncation is refused, none is run", () => {
  // The last section is the manifest, so no prefix has one.
  for (let length = 0; length < good.length; length++)
    refused(good.subarray(0, length), /this is no image|has no manifest|not export|no memory/);
});

test("every flipped byte is refused or read, never a crash", () => {
  for (let at = 0; at < good.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const bytes = Uint8Array.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      try {
        readOutline(bytes);
      } catch (error) {
        assert.match(String(error), /^Error: it (is|has) /);
      }
    }
  }
});

test("manifests", () => {
  const body = assemble(guest({}));
  const withManifest = (text: string) => Buffer.concat([body, section(MANIFEST_SECTION, Buffer.from(text))]);
  refused(body, /it is wasm, but has no manifest/);
  refused(Buffer.concat([good, manifestSection]), /more than one manifest/);
  refused(withManifest("{"), /not in canonical form/);
  refused(withManifest("[]"), /not in canonical form/);
  refused(withManifest(" ".repeat(70000)), /longer than 65536 bytes/);
  refused(withManifest(`${encodeManifest(plainManifest)} `), /not in canonical form/);
  refused(Buffer.concat([body, section(MANIFEST_SECTION, Uint8Array.of(0xff))]), /not UTF-8/);
  refused(withManifest(`\ufeff${encodeManifest(plainManifest)}`), /not in canonical form/);
  const other = encodeManifest({ ...plainManifest, abi: 2 });
  refused(withManifest(other), /the image speaks ABI version 2, this tender version 1/);
  refused(withManifest('{"abi":7,"future":true}'), /the image speaks ABI version 7/);
});

test("memory", () => {
  const memory = (initial: number, maximum: number) => ({ ...plainManifest, memory: { initial, maximum } });
  const wrong = (text: string, m = plainManifest) => refused(image(text, m), /its memory has|no memory of its own/);
  wrong(guest({}), memory(1, 17));
  wrong(guest({}), memory(2, 16));
  refused(image(guest({}).replace('(memory (export "memory") 1 16)', "")), /it does not export memory/);
  const shared = Buffer.from(good);
  const limits = shared.indexOf(Buffer.from([5, 4, 1, 1, 1, 16]));
  shared[limits + 3] = 3;
  refused(shared, /shared or 64-bit/);
  // Engines of later versions take several memories, each as large as --mem.
  const memories = Buffer.from(good);
  const at = memories.indexOf(Buffer.from([5, 4, 1, 1, 1, 16]));
  const two = [5, 7, 2, 1, 1, 16, 1, 1, 16];
  refused(Buffer.concat([memories.subarray(0, at), Buffer.from(two), memories.subarray(at + 6)]), /it has 2 memories/);
});

test("tables, which lie outside the guest's memory", async () => {
  const table = (initial: number) => `(table $t${initial} ${initial} funcref)`;
  refused(image(guest({ rest: table(1) + table(2) })), /it has 2 tables; expected at most one/);
  refused(image(guest({ rest: table(65537) })), /its table has 65537 entries; expected at most 65536/);
  // The native code of an image cannot grow a table at all.
  if (isNative) return;
  const grow = `(call $exit (i32.eq (i32.const -1) (table.grow $t1 (ref.null func) (i32.const 65536)))) (i64.const 0)`;
  writeFileSync(file("grow.wasm"), image(guest({ rest: table(1), start: grow })));
  assert.equal((await tender(file("grow.wasm"))).status, 1);
});

test("imports and exports", () => {
  const body = guest({});
  const also = (field: string) => image(body.replace("(memory", `${field} (memory`));
  refused(also('(import "env" "abort" (func))'), /it imports env.abort, which ABI version 1 does not have/);
  refused(also('(import "tender" "open" (func))'), /it imports tender.open, which ABI version 1/);
  refused(also('(import "tender" "toString" (func))'), /it imports tender.toString, which/);
  refused(also('(import "tender" "exit" (global i32))'), /it imports tender.exit as global; expected \(i32\) -> \(\)/);
  refused(also('(import "tender" "exit" (func (param i64)))'), /as \(i64\) -> \(\); expected \(i32\) -> \(\)/);
  refused(also('(import "tender" "table" (table 1 funcref))'), /it imports tender.table/);
  refused(image(body.replace('"step"', '"stepp"')), /it does not export step/);
  // The engine does not take a byte order mark away either.
  refused(image(body.replace('"step"', '"\\ef\\bb\\bfstep"')), /it does not export step/);
  refused(image(body.replace('"memory"', '"\\ef\\bb\\bfmemory"')), /it does not export memory/);
  refused(image(body.replace('"event") (param $kind i32)', '"event")')), /it exports event as \(\) -> \(\); expected/);
  refused(image(`(module ${imports} (func (export "memory")))`), /it does not export start/);
  refused(image(body.replace(/\)$/, "(func $f) (start $f))")), /it has a start section/);
});

test("what the engine refuses ends as any other bad image", async () => {
  // The outline is right; a function's body is not. The native tender runs what was made of the wasm, not the wasm.
  if (isNative) return;
  const bytes = Uint8Array.from(good);
  const at = Buffer.from(bytes).lastIndexOf(Buffer.from([0x42, 0x00, 0x0b]));
  assert.ok(at > 0);
  bytes[at] = 0x41;
  writeFileSync(file("invalid.wasm"), bytes);
  await refuses(65, /invalid.wasm: cannot be instantiated: .*type error|cannot be instantiated/, file("invalid.wasm"));
});

test("--describe", async () => {
  writeFileSync(file("good.wasm"), good);
  const { stdout, stderr, status } = await tender("--describe", file("good.wasm"));
  assert.equal(status, 0);
  assert.equal(stderr, "");
  for (const line of [
    "test 1.0",
    "ABI version  1",
    "tender.exit (i32) -> ()",
    "start (i64 i64) -> (i64)",
    "fata.manifest",
  ])
    assert.ok(stdout.includes(line), `${line} in ${stdout}`);
});

test("nothing in an image reaches the terminal as a command", async () => {
  const esc = "\u001b[2J\u202e\u009b";
  const argument = { name: "a", short: "", type: "string", default: esc, doc: `${esc}\nError` } as const;
  const manifest = { version: esc, arguments: [argument] };
  const path = file("escapes.wasm");
  writeFileSync(path, Buffer.concat([image(guest({}), manifest), section("\u001b[2J", Uint8Array.of())]));
  const described = await tender("--describe", path);
  const helped = await tender("--help", path);
  for (const { stdout, status } of [described, helped]) {
    assert.equal(status, 0);
    assert.ok(stdout.includes("\\u{1b}[2J"));
    assert.doesNotMatch(stdout.toString(), /(?!\n)[\p{Cc}\u202e]/u);
  }
  assert.doesNotMatch(described.stdout.toString(), /^Error/m);
  writeFileSync(path, image(guest({}).replace("(memory", '(import "env" "\\1b[2J\\0atender: fine" (func)) (memory')));
  await refuses(65, /it imports env\.\\u\{1b\}\[2J\\u\{a\}tender: fine, which/, path);
});
