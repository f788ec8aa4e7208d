/**
 * Reads an image and checks it against the ABI, before anything is opened for it.
 */
import { readFileSync } from "node:fs";
import { MANIFEST_MAX, MANIFEST_SECTION, type Manifest, parseManifest } from "../runtime/abi/manifest.ts";
import { ABI_VERSION, type ImageExports } from "../runtime/abi/tender.ts";
import { reasonOf, status, systemReason, TenderError } from "./errors.ts";
import { type Outline, readOutline } from "./wasm.ts";

/** Most entries of the guest's table of functions. The engine keeps it outside the memory that --mem limits. */
export const TABLE_MAX = 65536;

export interface Image {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest;
  readonly outline: Outline;
}

type Letter<T> = T extends bigint ? "I" : T extends number ? "i" : "";
type Letters<P> = P extends [infer A, ...infer Rest] ? `${Letter<A>}${Letters<Rest>}` : "";
type Signature<F> = F extends (...p: infer P) => infer R ? `${Letters<P>}:${Letter<R>}` : never;

/** The functions that an image must export, and their types in the letters of native.ts. */
const exported = {
  start: "II:I",
  step: "II:I",
  event: "i:",
} as const satisfies { [K in keyof ImageExports]: Signature<ImageExports[K]> };

/**
 * Reads and checks an image. Throws a TenderError that says what is wrong with it.
 * @param path the file
 * @param signatures the hypercalls of this tender and their types, as in native.ts
 */
export function readImage(path: string, signatures: Readonly<Record<string, string>>): Image {
  const bad = (why: string) => new TenderError(status.image, `${path}: ${why}`);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw bad(missing ? "there is no such image; build one: fata build DIR" : `cannot be read: ${systemReason(error)}`);
  }
  let outline: Outline;
  try {
    outline = readOutline(bytes);
  } catch (error) {
    throw bad(`this is no image: ${reasonOf(error)}; build one: fata build DIR`);
  }
  const manifest = readManifest(outline);
  if (typeof manifest === "string") throw bad(manifest);
  const wrong = checkOutline(outline, signatures) ?? checkMemory(outline, manifest);
  if (wrong) throw bad(wrong);
  return { path, bytes, manifest, outline };
}

function readManifest(outline: Outline): Manifest | string {
  const sections = outline.sections.filter((s) => s.id === 0 && s.name === MANIFEST_SECTION);
  const content = sections[0]?.bytes;
  if (!content) return "it is wasm, but has no manifest; images are built with: fata build DIR";
  if (sections.length > 1) return "it has more than one manifest";
  if (content.length > MANIFEST_MAX) return `the manifest is longer than ${MANIFEST_MAX} bytes`;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return "the manifest is not UTF-8";
  }
  const manifest = parseManifest(text);
  const abi = typeof manifest === "string" ? /^\{"abi":(0|[1-9]\d{0,4}),/.exec(text)?.[1] : manifest.abi;
  /* Another version's manifest may look different: the version is what is wrong with it. */
  if (abi !== undefined && Number(abi) <= 65535 && Number(abi) !== ABI_VERSION)
    return `the image speaks ABI version ${abi}, this tender version ${ABI_VERSION}; build it anew: fata build DIR`;
  return manifest;
}

function checkOutline(outline: Outline, signatures: Readonly<Record<string, string>>): string | undefined {
  if (outline.sections.some((s) => s.id === 8))
    return "it has a start section, which would run before the tender is ready; build it with: fata build DIR";
  for (const { module, name, type } of outline.imports) {
    if (module !== "tender" || !Object.hasOwn(signatures, name))
      return `it imports ${module}.${name}, which ABI version ${ABI_VERSION} does not have`;
    if (type !== signatures[name])
      return `it imports ${module}.${name} as ${spell(type)}; expected ${spell(signatures[name] ?? "")}`;
  }
  const wanted: Record<string, string> = { ...exported, memory: "memory" };
  for (const [name, type] of Object.entries(wanted)) {
    const found = outline.exports.find((e) => e.name === name);
    if (!found) return `it does not export ${name}`;
    if (found.type !== type) return `it exports ${name} as ${spell(found.type)}; expected ${spell(type)}`;
  }
  return undefined;
}

function checkMemory(outline: Outline, manifest: Manifest): string | undefined {
  const { memory } = outline;
  if (!memory) return "it has no memory of its own";
  /* What the guest holds is limited by --mem: further memories would lie outside that, and tables do. */
  if (outline.memories > 1) return `it has ${outline.memories} memories; expected one`;
  const { tables } = outline;
  if (tables.length > 1) return `it has ${tables.length} tables; expected at most one`;
  if ((tables[0] ?? 0) > TABLE_MAX) return `its table has ${tables[0]} entries; expected at most ${TABLE_MAX}`;
  if (memory.initial !== manifest.memory.initial || memory.maximum !== manifest.memory.maximum)
    return (
      `its memory has ${memory.initial} to ${memory.maximum} pages, ` +
      `the manifest says ${manifest.memory.initial} to ${manifest.memory.maximum}`
    );
  return undefined;
}

/** A type as WebAssembly's text format spells it. */
export function spell(type: string): string {
  const [parameters, result] = type.split(":");
  if (result === undefined) return type;
  const names: Record<string, string> = { i: "i32", I: "i64", f: "f32", F: "f64" };
  const list = (letters: string) => [...letters].map((l) => names[l] ?? "other").join(" ");
  return `(${list(parameters ?? "")}) -> (${list(result)})`;
}
