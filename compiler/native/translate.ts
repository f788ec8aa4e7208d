/** From wasm to C, by wasm2c of the WebAssembly Binary Toolkit. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProjectError } from "../errors.ts";
import { sectionsOf, unsigned, withSection } from "../pipeline/sections.ts";
import { withLargeData, withoutLargeData } from "./data.ts";
import { wasm2c, wasm2cVersion } from "./wasm2c.ts";

/** Features that our images cannot have. What wasm2c makes of them needs more of a runtime than ours. */
const features = ["--disable-simd"];

/** Names in C have this before a function's index. */
const PREFIX = "n";

/**
 * The name of the wasm function that a C function was made of, for a trap's stack. gcc adds `.part.0` and the like to
 * pieces of a function, and may put one that is exported, or in a table, into the wrapper that wasm2c gives it.
 * @param functions the wasm functions' names by index
 * @returns undefined for what is no wasm function
 */
export function wasmFunction(symbol: string, functions: readonly string[]): string | undefined {
  const [, index, exported] = /^(?:wrap_)?w2c_image_(?:n(\d+)|(start|step|event))(?:[._]|$)/.exec(symbol) ?? [];
  return index === undefined ? exported : functions[Number(index)] || `wasm-function[${index}]`;
}

/**
 * Writes image.c, image.h, and what they include, into a folder.
 * @param wasm without custom sections
 * @param functions how many functions it has, imports included
 * @returns the number of entries of all its tables
 * @throws ProjectError where wasm2c cannot: it nests 16,384 blocks at most, one for each arm of a switch
 */
export async function translate(wasm: Uint8Array, functions: number, folder: string): Promise<number> {
  const input = join(folder, "image.wasm");
  const { wasm: small, large } = withoutLargeData(wasm);
  writeFileSync(input, withSection(small, "name", indexNames(functions)));
  const source = join(folder, "image.c");
  await wasm2c(...features, "-n", "image", "-o", source, input).catch((error: Error) => {
    const [, why] = /[Ee]rror: (.*)/.exec(error.message) ?? [];
    throw new ProjectError(`wasm2c ${wasm2cVersion()} cannot translate the image to C: ${why ?? error.message}`);
  });
  const text = readFileSync(source, "utf8");
  writeFileSync(source, withLargeData(withOurMacros(text), large, folder));
  const tables = [...text.matchAll(/wasm_rt_allocate_funcref_table\(&[\w>.-]+, (\d+),/g)];
  return tables.reduce((sum, [, size]) => sum + Number(size), 0);
}

/** The content of a `name` section that calls each function by its index: unique and short, and legal in C. */
function indexNames(functions: number): Uint8Array {
  const names = Array.from({ length: functions }, (_, index) => {
    const name = Buffer.from(`${PREFIX}${index}`);
    return [...unsigned(index), name.length, ...name];
  });
  const content = [...unsigned(functions), ...names.flat()];
  return Uint8Array.from([1, ...unsigned(content.length), ...content]);
}

/** Macros of wasm2c's code that our runtime has its own for (c/macros.h), which come before. */
const ours = ["MEM_ADDR", "RANGE_CHECK", "CHECK_CALL_INDIRECT", "REM_S", "REM_U", "TRUNC_S", "TRUNC_U"];

/** Takes the definitions out of wasm2c's code that our own are to stand for. */
function withOurMacros(text: string): string {
  return ours.reduce((rest, name) => {
    const parts = rest.split(new RegExp(`^#define ${name}\\((?:.*\\\\\\n)*.*\\n`, "m"));
    if (parts.length < 2) throw new Error(`wasm2c writes another C than this compiler knows: ${name}`);
    return parts.join("");
  }, text);
}

/** The wasm without its custom sections: what its native code depends on. */
export function withoutCustomSections(wasm: Uint8Array): Uint8Array {
  const parts = sectionsOf(wasm).filter(({ id }) => id !== 0);
  return Buffer.concat([wasm.subarray(0, 8), ...parts.map(({ start, end }) => wasm.subarray(start, end))]);
}
