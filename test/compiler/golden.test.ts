/**
 * What the compiler makes of each example, against test/compiler/golden/. After a wanted change:
 *
 *     npm run build && UPDATE_GOLDEN=1 node --test build/test/compiler/golden.test.js && git diff test/compiler/golden
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "../../compiler/build.ts";
import { MANIFEST_SECTION, parseManifest } from "../../runtime/abi/manifest.ts";
import { compareGolden, root } from "./project.ts";

const golden = join(root, "test/compiler/golden");
const update = process.env["UPDATE_GOLDEN"] === "1";
/** How far an image's size may be from the golden one before somebody has to look. */
const SIZE_TOLERANCE = 0.05;

const output = mkdtempSync(join(tmpdir(), "fata-golden-"));
after(() => rmSync(output, { recursive: true }));

const examples = readdirSync(join(root, "examples"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

interface GoldenImage {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly size: number;
  readonly manifest: object;
}

/** What of an image is to be noticed when it changes; its build id, which always changes, left out. */
function describeImage(wasm: Buffer): GoldenImage {
  const module = new WebAssembly.Module(wasm);
  const [section] = WebAssembly.Module.customSections(module, MANIFEST_SECTION);
  const manifest = parseManifest(new TextDecoder().decode(section));
  assert(typeof manifest === "object", String(manifest));
  return {
    imports: WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`),
    exports: WebAssembly.Module.exports(module).map((entry) => entry.name),
    size: wasm.length,
    manifest: { ...manifest, build: "" },
  };
}

test("there are examples", () => {
  assert(examples.length >= 5);
});

for (const example of examples) {
  test(`${example}: main.ts, keys.ts, imports, size and manifest`, async () => {
    mkdirSync(golden, { recursive: true });
    const directory = join(root, "examples", example);
    const { image } = await build({
      directory,
      output: join(output, `${example}.wasm`),
      mode: "default",
      defaults: new Map(),
      options: [],
      progress: () => {},
    });
    for (const file of ["main.ts", "keys.ts"])
      compareGolden(`${example}.${file}.txt`, readFileSync(join(directory, "dist", file), "utf8"));

    const found = describeImage(readFileSync(image));
    const path = `${example}.image.json`;
    if (!update) {
      const { size } = JSON.parse(readFileSync(join(golden, path), "utf8")) as GoldenImage;
      const near = Math.abs(found.size - size) <= size * SIZE_TOLERANCE;
      assert(near, `the image has ${found.size} bytes; it had ${size}. If that is wanted, set UPDATE_GOLDEN=1`);
      compareGolden(path, `${JSON.stringify({ ...found, size }, undefined, 2)}\n`);
    } else {
      compareGolden(path, `${JSON.stringify(found, undefined, 2)}\n`);
    }
  });
}

test("the examples and what is printed for them type-check as in the editor", () => {
  for (const example of examples) {
    const directory = join(root, "examples", example);
    const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", directory], {
      encoding: "utf8",
    });
    assert.equal(tsc.stdout, "", example);
    assert.equal(tsc.status, 0);
  }
});
