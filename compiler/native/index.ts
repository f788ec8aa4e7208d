/** Native sections: an image's wasm translated ahead of time to machine code (docs/native-abi.md). */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withSection } from "../pipeline/sections.ts";
import { type Architecture, nativeSection } from "./architecture.ts";
import { cacheKey, fromCache, toCache } from "./cache.ts";
import { type Compiler, compile, compilerIdentity } from "./compiler.ts";
import { checkNative, packNative, readElf } from "./elf.ts";
import { translate, wasmFunction, withoutCustomSections } from "./translate.ts";
import { wasm2cVersion } from "./wasm2c.ts";
import { xxh64 } from "./xxh64.ts";

/** What was made for one processor. */
export interface Translation {
  readonly architecture: Architecture;
  /** The C compiler and its version, for people. */
  readonly compiler: string;
  /** Bytes of the ELF file. */
  readonly size: number;
  /** Whether it was compiled before. */
  readonly cached: boolean;
}

export interface NativeRequest {
  /** The whole image, without native sections. */
  readonly image: Uint8Array;
  /** The names of its functions by index, imports included. */
  readonly functions: readonly string[];
  /** One for each processor that is wanted. */
  readonly compilers: readonly Compiler[];
  readonly progress: (stage: string) => void;
}

/**
 * Adds a section for each processor. Its content is the hash of the image without native sections (XXH64, 8 bytes), then
 * an ELF file.
 * @throws ProjectError when a compiler fails
 */
export async function addNativeSections(
  request: NativeRequest,
): Promise<{ image: Uint8Array; translations: Translation[] }> {
  const hash = xxh64(request.image);
  const translations: Translation[] = [];
  let { image } = request;
  for (const compiler of request.compilers) {
    const { elf, cached } = await cachedNative(compiler, request);
    image = withSection(image, nativeSection(compiler.target), Buffer.concat([hash, elf]));
    const { target: architecture, version } = compiler;
    translations.push({ architecture, compiler: version, size: elf.length, cached });
  }
  return { image, translations };
}

async function cachedNative(
  compiler: Compiler,
  { image, functions, progress }: NativeRequest,
): Promise<{ elf: Uint8Array; cached: boolean }> {
  const wasm = withoutCustomSections(image);
  const key = cacheKey(wasm, functions.join("\n"), compilerIdentity(compiler), wasm2cVersion());
  const known = fromCache(key);
  if (known) return { elf: known, cached: true };
  progress(`translating for ${compiler.target.name} with ${compiler.version}`);
  const elf = await compileNative(compiler, wasm, functions);
  toCache(key, elf);
  return { elf, cached: false };
}

/**
 * Translates wasm to the ELF file of a native image.
 * @param wasm without custom sections
 */
async function compileNative(compiler: Compiler, wasm: Uint8Array, functions: readonly string[]): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "fata-native-"));
  try {
    const tableSize = await translate(wasm, functions.length, folder);
    const linked = readFileSync(await compile(compiler, folder, tableSize));
    const symbols = new Set(readElf(linked).functions.map(({ name }) => name));
    // Of a function that is there besides its wrapper, the stack of a trap is to show one.
    const isWrapper = (symbol: string) => symbols.has(symbol.replace(/^wrap_/, "")) && symbol.startsWith("wrap_");
    const elf = packNative(linked, (symbol) => (isWrapper(symbol) ? undefined : wasmFunction(symbol, functions)));
    checkNative(readElf(elf), compiler.target.machine);
    return elf;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
