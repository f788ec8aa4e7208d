/**
 * Reads the outline of a wasm module: its sections, the types of its imports and exports, its memory. Whether the rest
 * is valid is for the engine to say.
 */

import { PAGES_MAX } from "../runtime/abi/command.ts";

export interface Section {
  readonly id: number;
  /** A custom section's name, or the usual one. */
  readonly name: string;
  /** Bytes of content, a custom section's name left out. */
  readonly bytes: Uint8Array;
}

/** An import or export. `type` is a function's signature as "parameters:result", else the kind: memory, table... */
export interface Item {
  readonly module: string;
  readonly name: string;
  readonly type: string;
}

export interface Outline {
  readonly sections: readonly Section[];
  readonly imports: readonly Item[];
  readonly exports: readonly Item[];
  /** Pages of 64 KiB. Without a maximum, as many as 32 bits reach. */
  readonly memory: { readonly initial: number; readonly maximum: number } | undefined;
  /** How many the module defines. */
  readonly memories: number;
  /** Entries that each table that it defines has at first. */
  readonly tables: readonly number[];
}

/** Says where and why the bytes are not a module. */
class WasmError extends Error {}

const NAMES = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data count",
];
const KINDS = ["function", "table", "memory", "global", "tag"];
const LETTERS: Readonly<Record<number, string>> = { 127: "i", 126: "I", 125: "f", 124: "F" };
// A byte order mark is part of a name, as it is for the engine.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Reader {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at++];
    if (value === undefined) throw new WasmError("it is truncated");
    return value;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    throw new WasmError("it has a number that is too long");
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw new WasmError("it is truncated");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  rest(): Uint8Array {
    return this.take(this.bytes.length - this.at);
  }

  name(): string {
    const bytes = this.take(this.u32());
    try {
      return UTF8.decode(bytes);
    } catch {
      throw new WasmError("it has a name that is not UTF-8");
    }
  }

  limits(): { initial: number; maximum: number } {
    const flags = this.byte();
    if (flags > 1) throw new WasmError("it has a shared or 64-bit memory or table");
    const initial = this.u32();
    return { initial, maximum: flags === 1 ? this.u32() : PAGES_MAX };
  }

  table(): number {
    const type = this.byte();
    if (type !== 0x70 && type !== 0x6f) throw new WasmError("it has a table of an unknown type");
    return this.limits().initial;
  }

  /** Types of one function, as "parameters:result". */
  signature(): string {
    if (this.byte() !== 0x60) throw new WasmError("it has a type that is not a function's");
    const letters = () => Array.from({ length: this.u32() }, () => LETTERS[this.byte()] ?? "?").join("");
    const parameters = letters();
    return `${parameters}:${letters()}`;
  }

  list<T>(read: () => T): T[] {
    const count = this.u32();
    const list: T[] = [];
    for (let i = 0; i < count; i++) list.push(read());
    return list;
  }
}

/**
 * Reads a module's outline. Throws WasmError.
 * @param bytes the whole file
 */
export function readOutline(bytes: Uint8Array): Outline {
  const magic = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  if (bytes.length < 4 || magic.slice(0, 4).some((b, i) => b !== bytes[i])) throw new WasmError("it is not wasm");
  if (magic.some((b, i) => b !== bytes[i])) throw new WasmError("it is truncated, or wasm of another version");
  const sections = readSections(bytes.subarray(magic.length));
  const of = <T>(id: number, read: (r: Reader) => T): T[] =>
    sections.filter((s) => s.id === id).flatMap((s) => (({ r }) => r.list(() => read(r)))({ r: new Reader(s.bytes) }));

  const types = of(1, (r) => r.signature());
  const typeAt = (index: number) => types[index] ?? "?";
  const imports = of(2, (r) => readImport(r, typeAt));
  const functions = imports.filter((i) => i.type.includes(":")).map((i) => i.type);
  functions.push(...of(3, (r) => typeAt(r.u32())));
  const exports = of(7, (r) => {
    const name = r.name();
    const kind = r.byte();
    const index = r.u32();
    return { module: "", name, type: kind === 0 ? (functions[index] ?? "?") : (KINDS[kind] ?? "?") };
  });
  const memories = of(5, (r) => r.limits());
  const tables = of(4, (r) => r.table());
  return { sections, imports, exports, memory: memories[0], memories: memories.length, tables };
}

function readSections(bytes: Uint8Array): Section[] {
  const reader = new Reader(bytes);
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.byte();
    const content = new Reader(reader.take(reader.u32()));
    sections.push({ id, name: id === 0 ? content.name() : (NAMES[id] ?? `section ${id}`), bytes: content.rest() });
  }
  return sections;
}

function readImport(r: Reader, typeAt: (index: number) => string): Item {
  const module = r.name();
  const name = r.name();
  const kind = r.byte();
  if (kind === 0) return { module, name, type: typeAt(r.u32()) };
  if (kind === 1) r.byte();
  if (kind === 1 || kind === 2) r.limits();
  else r.take(2);
  return { module, name, type: KINDS[kind] ?? "?" };
}
