/**
 * Many modules in one native image, so that the C compiler runs once for all: each is translated as an image is, and
 * what their C files have in common stands there once. Any function that a module exports can be called.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Architecture } from "../../../compiler/native/architecture.ts";
import { compile, findCompiler } from "../../../compiler/native/compiler.ts";
import { checkNative, packNative, readElf } from "../../../compiler/native/elf.ts";
import { translate, wasmFunction, withoutCustomSections } from "../../../compiler/native/translate.ts";
import { functionNames } from "../../../compiler/pipeline/sections.ts";

/** A number's type, as wasm2c calls it; i32 is u32. */
export type CType = "u32" | "u64" | "f32" | "f64";

export interface BatchFunction {
  readonly name: string;
  readonly parameters: readonly CType[];
  /** Undefined for none; functions with several cannot be called. */
  readonly result: CType | "several" | undefined;
}

export interface BatchModule {
  readonly functions: readonly BatchFunction[];
  /** Pages of memory; zeroes without one. */
  readonly memory: readonly [initial: number, maximum: number];
}

/** The loader's commands that make a module anew. Its answer: 0, or a trap. */
export function instantiate(index: number, { memory }: BatchModule): string {
  return `memory ${memory.map((pages) => pages.toString(16)).join(" ")}\nevent ${index.toString(16)}\n`;
}

/** The loader's commands that call a function. Its last answer: the bits of the result, or a trap. */
export function call(module: number, index: number, args: readonly bigint[]): string {
  const pushes = args.map((bits, at) => `step ${at.toString(16)} ${bits.toString(16)}\n`);
  return `${pushes.join("")}start ${module.toString(16)} ${index.toString(16)}\n`;
}

export class Batch {
  readonly modules: BatchModule[] = [];
  private readonly headers: string[] = [];
  private readonly bodies: string[] = [];
  private preamble = "";
  private tableSize = 0;

  /** @param wasm a module that imports nothing */
  async add(wasm: Uint8Array): Promise<void> {
    const index = this.modules.length;
    const folder = mkdtempSync(join(tmpdir(), "fata-batch-"));
    try {
      this.tableSize += await translate(withoutCustomSections(wasm), functionNames(wasm).length, folder);
      const source = readFileSync(join(folder, "image.c"), "utf8");
      const header = readFileSync(join(folder, "image.h"), "utf8");
      const end = source.indexOf(LAST_OF_PREAMBLE) + LAST_OF_PREAMBLE.length;
      assert(end > LAST_OF_PREAMBLE.length, "wasm2c writes another C than this test knows");
      this.preamble ||= source.slice(0, end);
      this.headers.push(renamed(header, index).replaceAll("IMAGE_H", `M${index}_H`));
      this.bodies.push(withOwnStatics(renamed(source.slice(end), index), index));
      this.modules.push({ functions: functionsOf(wasm, header), memory: memoryIn(source) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Compiles all modules; the image's functions are those of `instantiate` and `call`. */
  async compile(architecture: Architecture): Promise<Uint8Array> {
    const folder = mkdtempSync(join(tmpdir(), "fata-batch-"));
    try {
      writeFileSync(join(folder, "image.h"), `${this.headers.join("\n")}\n${IMAGE_H}`);
      writeFileSync(join(folder, "image.c"), [this.preamble, ...this.bodies, this.dispatcher()].join("\n"));
      const compiler = await findCompiler(architecture);
      const linked = readFileSync(await compile(compiler, folder, this.tableSize));
      const elf = packNative(linked, (symbol) => wasmFunction(symbol, []));
      checkNative(readElf(elf), architecture.machine);
      return elf;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** The image's functions in C. Arguments are known at run time only, so that nothing is computed by the compiler. */
  private dispatcher(): string {
    const calls = this.modules.map(({ functions }, m) => {
      const cases = functions.flatMap(({ parameters, result }, index) => {
        if (result === "several") return [];
        const args = parameters.map((type, at) => `, ${type}_of(arguments[${at}])`).join("");
        const made = `${symbolsIn(this.headers[m] ?? "")[index]}(&m${m}${args})`;
        return [`case ${index}: ${result ? `return bits_of_${result}(${made});` : `${made}; return 0;`}`];
      });
      return `static w2c_m${m} m${m};\nstatic u64 call_m${m}(u64 index) {\nswitch (index) {\n${cases.join("\n")}\n}\nreturn 0;\n}`;
    });
    const each = (text: (index: number) => string) => this.modules.map((_, m) => `case ${m}: ${text(m)}`).join("\n");
    return `${CONVERSIONS}
${calls.join("\n")}
void wasm2c_image_instantiate(w2c_image *image, void *tender) { }
u64 w2c_image_step(w2c_image *image, u64 index, u64 bits) { return arguments[index] = bits; }
u64 w2c_image_start(w2c_image *image, u64 module, u64 index) {\nswitch (module) {\n${each((m) => `return call_m${m}(index);`)}\n}\nreturn 0;\n}
void w2c_image_event(w2c_image *image, u32 module) {\nswitch (module) {\n${each((m) => `wasm2c_m${m}_instantiate(&m${m}); break;`)}\n}\n}
`;
  }
}

/** Up to here wasm2c's C is the same for each module. */
const LAST_OF_PREAMBLE = "wasm_rt_tailcallee_t* next)\n#endif\n";

const IMAGE_H = `
typedef struct w2c_image { char unused; } w2c_image;
void wasm2c_image_instantiate(w2c_image *, void *);
u64 w2c_image_start(w2c_image *, u64, u64);
u64 w2c_image_step(w2c_image *, u64, u64);
void w2c_image_event(w2c_image *, u32);
`;

const CONVERSIONS = `static u64 arguments[16];
static u32 u32_of(u64 bits) { return (u32)bits; }
static u64 u64_of(u64 bits) { return bits; }
static f32 f32_of(u64 bits) { u32 low = (u32)bits; f32 value; memcpy(&value, &low, 4); return value; }
static f64 f64_of(u64 bits) { f64 value; memcpy(&value, &bits, 8); return value; }
static u64 bits_of_u32(u32 value) { return value; }
static u64 bits_of_u64(u64 value) { return value; }
static u64 bits_of_f32(f32 value) { u32 bits; memcpy(&bits, &value, 4); return bits; }
static u64 bits_of_f64(f64 value) { u64 bits; memcpy(&bits, &value, 8); return bits; }`;

function renamed(text: string, index: number): string {
  return text.replaceAll("w2c_image", `w2c_m${index}`).replaceAll("wasm2c_image", `wasm2c_m${index}`);
}

/** Gives names of its own to what in each C file has the same. */
function withOwnStatics(body: string, index: number): string {
  const names = new Set(Array.from(body.matchAll(/^static [\w ]+?\b(init_\w+)\(/gm), ([, name]) => name ?? ""));
  return [...names].reduce((text, name) => text.replace(new RegExp(`\\b${name}\\b`, "g"), `m${index}_${name}`), body);
}

/** The declarations of exports, in their order. */
const EXPORT = /^\/\* export: '.*' \*\/\n([^;]*);/gm;

/** The C names of exported functions. */
function symbolsIn(header: string): string[] {
  return declarationsIn(header).map((declaration) => /(\w+)\(/.exec(declaration)?.[1] ?? assert.fail(declaration));
}

function declarationsIn(header: string): string[] {
  const all = Array.from(header.matchAll(EXPORT), ([, declaration]) => declaration ?? "");
  // Memories, tables and globals are functions that give a pointer, with no parameter but the instance.
  return all.filter((declaration) => !/^[^(]*\*/.test(declaration));
}

function functionsOf(wasm: Uint8Array, header: string): BatchFunction[] {
  const names = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(wasm)))
    .filter(({ kind }) => kind === "function")
    .map(({ name }) => name);
  const declarations = declarationsIn(header);
  assert.equal(declarations.length, names.length, header);
  return names.map((name, index) => {
    const [, type = "", parameters = ""] = /^(.*) \w+\(\w+\*(.*)\)$/s.exec(declarations[index] ?? "") ?? assert.fail();
    return {
      name,
      parameters: parameters.split(", ").slice(1) as CType[],
      result: type === "void" ? undefined : /^[uf](32|64)$/.test(type) ? (type as CType) : "several",
    };
  });
}

function memoryIn(source: string): readonly [number, number] {
  const [, initial, maximum] = /wasm_rt_allocate_memory\(&[^,]*, (\d+), (\d+),/.exec(source) ?? [];
  return [Number(initial ?? 0), Number(maximum ?? 0)];
}
