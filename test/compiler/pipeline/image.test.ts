import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import asc from "assemblyscript/asc";
import { packageRoot } from "../../../compiler/package.ts";
import { patchedRuntime } from "../../../compiler/pipeline/collector.ts";
import { memoryOf, sectionsOf, withoutSection, withSection } from "../../../compiler/pipeline/sections.ts";
import { compileText } from "../../support/guest.ts";

// It is this process that is to compile.
delete process.env["IMAGE_COMPILER"];

const main = `
import { boot, event, Fiber, log, step } from "fata";
const greeting = "hello " + (1 + 1).toString();
class Job extends Fiber { run(): void { assert(greeting.length == 7, "my assertion"); log.info(greeting); } }
export function start(now: u64, wall: u64): u64 { return boot(new Job(), now, wall); }
export { event, step };`;

test("an image imports from the tender only, exports the ABI only, and has no start section", async () => {
  for (const mode of ["dev", "default", "release"] as const) {
    const { wasm } = await compileText(main, packageRoot, { mode });
    const module = new WebAssembly.Module(wasm as BufferSource);
    const exports = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
    assert.deepEqual(exports.sort(), ["function event", "function start", "function step", "memory memory"]);
    for (const { module: from } of WebAssembly.Module.imports(module)) assert.equal(from, "tender");
    assert.ok(!sectionsOf(wasm).some((section) => section.id === 8), "no start section");
  }
});

test("modules are initialised by start, before the job", async () => {
  const guest = await compileText(main, packageRoot);
  const tender = guest.instantiate();
  assert.deepEqual(tender.lines, []);
  assert.deepEqual(tender.start().lines, ["2026-11-21T07:35:00Z: [INFO] [application] hello 2"]);
});

test("assertions stay, and go with --release", async () => {
  const text = (wasm: Uint8Array): string =>
    Buffer.from(wasm).toString("utf16le") +
    Buffer.from(wasm.subarray(1)).toString("utf16le") +
    Buffer.from(wasm).toString("latin1");
  for (const mode of ["dev", "default", "release"] as const) {
    const { wasm } = await compileText(main, packageRoot, { mode });
    assert.equal(text(wasm).includes("my assertion"), mode !== "release", mode);
  }
});

test("no code that is not reached is in the image", async () => {
  const { wasm, sourceMap } = await compileText(main, packageRoot, { mode: "default" });
  assert.ok(wasm.length < 14_000, `${wasm.length} bytes`);
  const text = Buffer.from(wasm).toString("latin1").replaceAll("\0", "");
  assert.ok(text.includes("hello"), "the search finds what is there");
  assert.ok(!text.includes("/net/") && !text.includes("/block/"));
  assert.equal(JSON.parse(sourceMap).version, 3);
});

test("the patches of asc's runtime find their places, and are made of asc's own text each time", () => {
  const patched = patchedRuntime(asc.libraryFiles);
  assert.deepEqual(Object.keys(patched).sort(), ["rt/common", "rt/index-minimal", "rt/tcms", "rt/tlsf", "util/number"]);
  assert.deepEqual(patchedRuntime({ ...asc.libraryFiles, ...patched }), patched);
});

test("a build does not depend on those before it", async () => {
  const program = `import { readFileSync } from "node:fs";
import { compileImage } from ${JSON.stringify(path.join(packageRoot, "build/compiler/pipeline/index.js"))};
const main = readFileSync(0, "utf8");
const build = async (mode) => (await compileImage({ directory: ${JSON.stringify(packageRoot)}, main, mode })).wasm;
const first = await build("default");
await build("dev");
console.log(Buffer.compare(first, await build("default")));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    input: main,
    encoding: "utf8",
  });
  assert.equal(stdout, "0\n", stderr);
});

test("sections: read, add, take away", async () => {
  const { wasm } = await compileText(main, packageRoot, { mode: "default" });
  const content = new TextEncoder().encode("x".repeat(300));
  const larger = withSection(wasm, "test.section", content);
  assert.deepEqual(sectionsOf(larger).at(-1)?.content, Buffer.from(content));
  assert.equal(sectionsOf(larger).length, sectionsOf(wasm).length + 1);
  assert.deepEqual(Buffer.from(withoutSection(larger, "test.section")), Buffer.from(wasm));
  assert.deepEqual(withoutSection(wasm, "no.such.section"), wasm);
  const { initial, maximum } = memoryOf(wasm);
  assert.ok(initial >= 1 && maximum >= initial);
  assert.deepEqual(
    WebAssembly.Module.customSections(new WebAssembly.Module(larger as BufferSource), "test.section").length,
    1,
  );
});

test("every module of runtime/ is part of the library, under its own name", async () => {
  await compileText(main, packageRoot);
  const files = readdirSync(path.join(packageRoot, "runtime"), { recursive: true }).map(String);
  const modules = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"));
  assert.ok(modules.length > 20);
  for (const file of modules)
    assert.equal(
      asc.libraryFiles[`fata/${file.slice(0, -3)}`],
      readFileSync(path.join(packageRoot, "runtime", file), "utf8"),
    );
});
