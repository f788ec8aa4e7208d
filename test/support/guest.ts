/**
 * Compiles AssemblyScript test entries (*.as.ts) as images are compiled, and runs them under a simulated tender: each
 * instance is fresh, its clock stands where the test puts it, its devices are the test's.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../compiler/package.ts";
import { compileImage, type Mode } from "../../compiler/pipeline/index.ts";
import { sectionsOf } from "../../compiler/pipeline/sections.ts";
import { SimulatedTender, type TenderOptions } from "./tender.ts";

/** A compiled test entry. */
export class Guest {
  private readonly module: WebAssembly.Module;

  constructor(
    readonly wasm: Uint8Array,
    readonly sourceMap: string,
  ) {
    this.module = new WebAssembly.Module(wasm as BufferSource);
  }

  /** A fresh instance with its own tender. Without exports named `start` and `step` only functions can be called. */
  instantiate(options: TenderOptions = {}): SimulatedTender {
    return new SimulatedTender(this.module, options);
  }

  /** The same with at most so many pages of memory, as a tender's limit would have it. */
  limited(pages: number): Guest {
    return new Guest(withMemoryLimit(this.wasm, pages), this.sourceMap);
  }
}

export interface GuestOptions {
  readonly mode?: Mode;
  /** Library modules to add or replace, such as `fata/keys`. */
  readonly library?: Readonly<Record<string, string>>;
  /** Most pages of memory, as a tender's limit would have it. */
  readonly maximumPages?: number;
}

/**
 * Compiles an entry that lies beside the test.
 * @param testUrl the test's import.meta.url
 * @param name the entry's file name, such as "arp.as.ts"
 */
export async function compileGuest(testUrl: string, name: string, options: GuestOptions = {}): Promise<Guest> {
  const source = path.join(sourceFolder(testUrl), name);
  if (!existsSync(source)) throw new Error(`no such test entry: ${source}`);
  return compileText(`export * from "../${name.replace(/\.ts$/, "")}";\n`, path.dirname(source), options);
}

/** Compiles the text of an entry, whose relative imports start from FOLDER/dist. */
export async function compileText(main: string, folder: string, options: GuestOptions = {}): Promise<Guest> {
  const { mode = "dev", library } = options;
  const { wasm, sourceMap } = await compileImage({ directory: folder, main, mode, ...(library && { library }) });
  const guest = new Guest(wasm, sourceMap);
  return options.maximumPages ? guest.limited(options.maximumPages) : guest;
}

/** The wasm with a maximum in its memory section, which must have none and fewer than 128 pages. */
function withMemoryLimit(wasm: Uint8Array, pages: number): Uint8Array {
  const memory = sectionsOf(wasm).find((section) => section.id === 5);
  if (memory?.content.length !== 3 || memory.content[1] !== 0 || pages > 127) throw new Error("no such memory section");
  const limited = Uint8Array.of(5, 4, 1, 1, memory.content[2] ?? 0, pages);
  return Buffer.concat([wasm.subarray(0, memory.start), limited, wasm.subarray(memory.end)]);
}

/** A test runs from build/test/..., its entry lies in test/... */
function sourceFolder(testUrl: string): string {
  const folder = path.dirname(fileURLToPath(testUrl));
  return path.join(packageRoot, path.relative(path.join(packageRoot, "build"), folder));
}
