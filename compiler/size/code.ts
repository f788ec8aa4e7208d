/** Whose the functions of an image are. */
import { Reader } from "../pipeline/reader.ts";
import type { Section } from "../pipeline/sections.ts";
import type { CodeMap } from "./map.ts";
import { areas, originOf, splitName } from "./origin.ts";
import { type Part, Tally } from "./part.ts";

/** Adds up the code of functions: by area, module and function, and what was inlined into it from other modules. */
export class CodeTally {
  readonly #tally = new Tally();
  readonly #map: CodeMap;

  constructor(map: CodeMap) {
    this.#map = map;
  }

  /** Adds a function of whose bytes it is not known where they are from. */
  addWhole(bytes: number, name: string): void {
    const { element, file } = this.#identify(name);
    this.#add(bytes, file, element);
  }

  /** Adds a function that lies from `start` to `end` of the image. */
  addMapped(start: number, end: number, index: number): void {
    const name = this.#map.functions[index];
    if (!name) {
      this.#tally.add(end - start, areas.unknown, `function ${index}`);
      return;
    }
    const { element, file } = this.#identify(name);
    this.#map.divide(start, end, file, (bytes, source) => {
      this.#add(bytes, source, source === file ? element : `inlined into ${element}`);
    });
  }

  get parts(): Part[] {
    return this.#tally.parts;
  }

  #identify(name: string): { element: string; file: string } {
    const { module, element } = splitName(name);
    return { element, file: this.#map.fileOf(module) };
  }

  #add(bytes: number, source: string, element: string): void {
    const { area, module } = originOf(source);
    if (area === areas.compiler) this.#tally.add(bytes, area, element);
    else this.#tally.add(bytes, area, module, element);
  }
}

/**
 * The parts of a code section (specification, 5.5.13).
 * @param wasm the whole image
 * @param imported how many functions are imported: indices begin with these
 */
export function codeParts(wasm: Uint8Array, section: Section, imported: number, map: CodeMap): Part[] {
  const reader = new Reader(wasm, section.end - section.content.length, section.end);
  const tally = new CodeTally(map);
  const count = reader.u32();
  const header = reader.at - section.start;
  for (let index = imported; index < imported + count; index++) {
    const start = reader.at;
    reader.take(reader.u32());
    tally.addMapped(start, reader.at, index);
  }
  return [{ name: HEADER, bytes: header + (section.end - reader.at) }, ...tally.parts];
}

/** What a section has besides its items. */
export const HEADER = "header";
