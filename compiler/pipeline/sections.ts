/** Reading and adding sections of a wasm binary (WebAssembly core specification, 5.5). */

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

const HEADER_SIZE = 8;
const CUSTOM = 0;
const MEMORY = 5;
/** Subsection of `name`. */
const FUNCTION_NAMES = 1;

/** The sections of a wasm binary, in order. The binary is our own: it is not checked. */
export function sectionsOf(wasm: Uint8Array): Section[] {
  const sections: Section[] = [];
  let at = HEADER_SIZE;
  while (at < wasm.length) {
    const id = wasm[at] ?? 0;
    const size = readUnsigned(wasm, at + 1);
    const content = wasm.subarray(size.next, size.next + size.value);
    const place = { start: at, end: size.next + size.value };
    at = place.end;
    if (id !== CUSTOM) {
      sections.push({ id, content, ...place });
      continue;
    }
    const length = readUnsigned(content, 0);
    const name = new TextDecoder().decode(content.subarray(length.next, length.next + length.value));
    sections.push({ id, name, content: content.subarray(length.next + length.value), ...place });
  }
  return sections;
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

/** The names of the wasm's functions by index, imports included, from the `name` section (specification, 7.4.1). */
export function functionNames(wasm: Uint8Array): string[] {
  const content = sectionsOf(wasm).find((section) => section.name === "name")?.content ?? new Uint8Array();
  const names: string[] = [];
  let at = 0;
  while (at < content.length) {
    const id = content[at];
    const size = readUnsigned(content, at + 1);
    at = size.next + size.value;
    if (id !== FUNCTION_NAMES) continue;
    let { value: count, next } = readUnsigned(content, size.next);
    for (; count > 0; count--) {
      const index = readUnsigned(content, next);
      const length = readUnsigned(content, index.next);
      next = length.next + length.value;
      names[index.value] = new TextDecoder().decode(content.subarray(length.next, next));
    }
  }
  return Array.from(names, (name) => name ?? "");
}

/** Initial and maximum pages of the wasm's memory; without a declared maximum, all that 32 bits can address. */
export function memoryOf(wasm: Uint8Array): { initial: number; maximum: number } {
  const memory = sectionsOf(wasm).find((section) => section.id === MEMORY)?.content;
  if (!memory) throw new Error("the wasm has no memory of its own");
  const initial = readUnsigned(memory, 2);
  const bounded = (memory[1] ?? 0) & 1;
  return { initial: initial.value, maximum: bounded ? readUnsigned(memory, initial.next).value : 65536 };
}

/** An unsigned LEB128 number. */
export function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, value]);
}

function readUnsigned(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next: at };
  }
}
