/** Reading and adding sections of a wasm binary (WebAssembly core specification, 5.5). */

import { Reader, WasmError } from "./reader.ts";

/** A section as it lies in the file. */
export interface Section {
  readonly id: number;
  /** Of a custom section (id 0) only. */
  readonly name?: string;
  /** What follows id, size and name. */
  readonly content: Uint8Array;
  /** Where the whole section starts and ends in the file. */
  readonly start: number;
  readonly end: number;
}

/** `\0asm` and version 1. */
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const CUSTOM = 0;
const MEMORY = 5;
/** Octets of a page of memory. */
export const PAGE = 65536;
/** Subsection of `name`. */
const FUNCTION_NAMES = 1;

/**
 * The sections of a wasm binary, in order.
 * @throws WasmError when it is none, or a section reaches past its end
 */
export function sectionsOf(wasm: Uint8Array): Section[] {
  if (MAGIC.slice(0, 4).some((byte, at) => wasm[at] !== byte)) throw new WasmError("it is not wasm");
  if (MAGIC.some((byte, at) => wasm[at] !== byte)) throw new WasmError("it is truncated, or wasm of another version");
  const reader = new Reader(wasm, MAGIC.length);
  const sections: Section[] = [];
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.take(reader.u32());
    const place = { start, end: reader.at };
    if (id !== CUSTOM) {
      sections.push({ id, content, ...place });
      continue;
    }
    const custom = new Reader(content);
    sections.push({ id, name: custom.name(), content: content.subarray(custom.at), ...place });
  }
  return sections;
}

const NAMES = ["custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element"];
NAMES.push("code", "data", "data count", "tag");

/** A custom section's own name, or that which the specification has for the others (5.5.2). */
export function sectionName({ id, name }: Section): string {
  return name ?? NAMES[id] ?? `section ${id}`;
}

/** The wasm with a custom section added at its end. */
export function withSection(wasm: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  const encoded = new TextEncoder().encode(name);
  const length = unsigned(encoded.length);
  const size = unsigned(length.length + encoded.length + content.length);
  return Buffer.concat([wasm, Uint8Array.of(CUSTOM), size, length, encoded, content]);
}

/** The wasm without the custom section of this name. */
export function withoutSection(wasm: Uint8Array, name: string): Uint8Array {
  const dropped = sectionsOf(wasm).find((section) => section.name === name);
  return dropped ? Buffer.concat([wasm.subarray(0, dropped.start), wasm.subarray(dropped.end)]) : wasm;
}

/**
 * The names of the wasm's functions by index, imports included, from the `name` section (specification, 7.4.1).
 * @throws WasmError
 */
export function functionNames(wasm: Uint8Array): string[] {
  const section = sectionsOf(wasm).find(({ name }) => name === "name");
  const names: string[] = [];
  const reader = new Reader(section?.content ?? new Uint8Array());
  while (!reader.done) {
    const id = reader.byte();
    const content = new Reader(reader.take(reader.u32()));
    if (id !== FUNCTION_NAMES) continue;
    for (let count = content.u32(); count > 0; count--) {
      const index = content.u32();
      const name = content.name();
      // There are fewer functions than bytes: a larger index is a lie that would make a large array.
      if (index < wasm.length) names[index] = name;
    }
  }
  return Array.from(names, (name) => name ?? "");
}

/** Initial and maximum pages of the wasm's memory; without a declared maximum, all that 32 bits can address. */
export function memoryOf(wasm: Uint8Array): { initial: number; maximum: number } {
  const memory = sectionsOf(wasm).find((section) => section.id === MEMORY)?.content;
  if (!memory) throw new Error("the wasm has no memory of its own");
  const reader = new Reader(memory, 1); // behind the number of memories
  const bounded = reader.byte() & 1;
  return { initial: reader.u32(), maximum: bounded ? reader.u32() : 65536 };
}

/** The wasm with so many pages of memory at first, if it has fewer. Sections stay where they are. */
export function withPages(wasm: Uint8Array, pages: number): Uint8Array {
  const section = sectionsOf(wasm).find(({ id }) => id === MEMORY);
  if (!section || memoryOf(wasm).initial >= pages) return wasm;
  const reader = new Reader(section.content, 2); // behind the number of memories and the kind of limits
  reader.u32();
  const content = Buffer.concat([section.content.subarray(0, 2), unsigned(pages), section.content.subarray(reader.at)]);
  if (content.length !== section.content.length) throw new Error("the wasm's memory needs a longer section");
  return Buffer.concat([wasm.subarray(0, section.end - content.length), content, wasm.subarray(section.end)]);
}

/** An unsigned LEB128 number. */
export function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, value]);
}
