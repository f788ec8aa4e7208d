/** Running native images in tests: loader.c, on this machine or in qemu-user. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import {
  type Architecture,
  architectures,
  hostArchitecture,
  nativeSection,
} from "../../../compiler/native/architecture.ts";
import { findCompiler } from "../../../compiler/native/compiler.ts";
import { addNativeSections } from "../../../compiler/native/index.ts";
import { XXH64_SIZE } from "../../../compiler/native/xxh64.ts";
import { functionNames, memoryOf } from "../../../compiler/pipeline/sections.ts";
import { root } from "../../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "fata-native-test-"));
// Each run of the tests compiles afresh, and leaves nothing in the user's cache.
process.env["XDG_CACHE_HOME"] = folder;
after(() => rmSync(folder, { recursive: true, force: true }));

/** This machine's architecture, and aarch64, which tools/setup has an emulator for. */
export const tested: readonly Architecture[] = architectures.filter(
  (architecture) => architecture === hostArchitecture || architecture.name === "aarch64",
);

/** The bytes of an image's native section. */
export function sectionOf(image: Uint8Array, architecture: Architecture): Buffer {
  const module = new WebAssembly.Module(new Uint8Array(image));
  const [content] = WebAssembly.Module.customSections(module, nativeSection(architecture));
  assert(content, `no section for ${architecture.name}`);
  return Buffer.from(content);
}

/** Translates wasm that has no native section yet. */
export async function translated(wasm: Uint8Array, target: readonly Architecture[] = tested): Promise<Uint8Array> {
  const functions = functionNames(wasm);
  const compilers = await Promise.all(target.map(findCompiler));
  const { image } = await addNativeSections({ image: wasm, functions, compilers, progress: () => {} });
  return image;
}

interface Outcome {
  readonly status: number | null;
  readonly lines: string[];
}

/** Runs an image's native section with commands as loader.c has them. */
export async function makeLoader(
  architecture: Architecture,
): Promise<(image: Uint8Array, commands: string) => Outcome> {
  const run = await makeElfLoader(architecture);
  return (image, commands) => run(sectionOf(image, architecture).subarray(XXH64_SIZE), memoryOf(image), commands);
}

/** The same, for an ELF file as it is in a section. */
export async function makeElfLoader(
  architecture: Architecture,
): Promise<(elf: Uint8Array, memory: { initial: number; maximum: number }, commands: string) => Outcome> {
  const { command } = await findCompiler(architecture);
  const loader = join(folder, `loader.${architecture.name}`);
  const source = join(root, "test/compiler/native/loader.c");
  const foreign = architecture !== hostArchitecture;
  const flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", foreign ? "-static" : "-no-pie"];
  const made = spawnSync(command, [...flags, source, "-o", loader], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return (elf, { initial, maximum }, commands) => {
    const path = join(folder, `image.${architecture.name}`);
    writeFileSync(path, elf);
    const words = [loader, path, String(initial), String(maximum)];
    const [program = "", ...args] = foreign ? [`qemu-${architecture.name}-static`, ...words] : words;
    const ran = spawnSync(program, args, { input: commands, encoding: "utf8", maxBuffer: 2 ** 28 });
    assert(!ran.error, String(ran.error));
    return { status: ran.status, lines: ran.stdout.split("\n").slice(0, -1) };
  };
}
