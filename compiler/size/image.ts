/** What an image's bytes are spent on. */
import { Reader } from "../pipeline/reader.ts";
import { functionNames, type Section, sectionName, sectionsOf } from "../pipeline/sections.ts";
import { codeParts, HEADER } from "./code.ts";
import { dataParts } from "./data.ts";
import { CodeMap } from "./map.ts";
import { nativeParts } from "./native.ts";
import { type Part, whole } from "./part.ts";

const IMPORT = 2;
const CODE = 10;
const DATA = 11;
const NATIVE = /^native\./;

/**
 * Divides an image into parts, down to functions and data segments, whose sizes add up to that of the file.
 * @param name of the whole
 * @param map of its code, where there is one; a build for development has its functions' names itself
 * @throws WasmError when it is no wasm
 */
export function measure(name: string, wasm: Uint8Array, map: CodeMap | undefined): Part {
  const sections = sectionsOf(wasm);
  const names = functionNames(wasm);
  const known = map ?? new CodeMap(names);
  const imports = sections.filter(({ id }) => id === IMPORT);
  const imported = imports.reduce((sum, section) => sum + importedFunctions(section), 0);
  const parts = sections.map((section) => {
    const bytes = section.end - section.start;
    if (section.id === CODE) return whole("code", codeParts(wasm, section, imported, known));
    if (section.id === DATA) return whole("data", dataParts(wasm, section));
    if (section.name === undefined) return { name: sectionName(section), bytes };
    if (NATIVE.test(section.name)) return whole(section.name, nativeParts(section, known));
    return { name: `${section.name} (custom)`, bytes };
  });
  return whole(name, [{ name: HEADER, bytes: sections[0]?.start ?? wasm.length }, ...parts]);
}

const FUNCTION = 0;
const TABLE = 1;
const MEMORY = 2;
const GLOBAL = 3;

/** How many functions an import section names (specification, 5.5.5). */
function importedFunctions(section: Section): number {
  const reader = new Reader(section.content);
  let functions = 0;
  for (let count = reader.u32(); count > 0; count--) {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind === TABLE || kind === GLOBAL) reader.byte();
    if (kind === FUNCTION) functions++;
    if (kind === TABLE || kind === MEMORY) skipLimits(reader);
    else if (kind === GLOBAL) reader.byte();
    else reader.u32();
  }
  return functions;
}

function skipLimits(reader: Reader): void {
  const bounded = reader.byte() & 1;
  reader.u32();
  if (bounded) reader.u32();
}
