/**
 * Drives asc, in process. The library OS is given to asc as library modules `~lib/fata/...`: visit hooks of the garbage
 * collector are honoured only there, and diagnostics tell it from the user's own files.
 */
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type binaryen from "binaryen";
import { packageRoot } from "../package.ts";
import { patchedRuntime } from "./collector.ts";

/** What to compile. */
export interface AscRequest {
  /** The project's folder, absolute. Paths in diagnostics are relative to it. */
  readonly directory: string;
  /** The entry file, relative to `directory`. It need not exist when `entryText` is given. */
  readonly entry: string;
  readonly entryText?: string;
  /** Further library modules by name, such as `fata/keys`. They replace files of runtime/ of the same name. */
  readonly library?: Readonly<Record<string, string>>;
  /** Where static data begins, when not where asc has it by custom. */
  readonly memoryBase?: number;
  readonly assertions: boolean;
  /** Told of each file of the project that asc asks for, and what it holds, null when there is none. */
  readonly onRead?: (file: string, text: string | null) => void;
  /** Works on the module before it is written out. `binaryen` is the instance that holds it. */
  readonly transform: (module: binaryen.Module, instance: typeof binaryen) => void;
}

/** Image code that does not compile. The message holds asc's diagnostics, with file, line and caret. */
export class CompileError extends Error {
  override readonly name = "CompileError";
}

/** asc has one table of library modules: compilations of one process take turns. */
let turn: Promise<unknown> = Promise.resolve();

/** Compiles to wasm. */
export function compileWithAsc(request: AscRequest): Promise<{ wasm: Uint8Array; sourceMap: string }> {
  const result = turn.then(() => compileNow(request));
  turn = result.catch(() => {});
  return result;
}

async function compileNow(request: AscRequest): Promise<{ wasm: Uint8Array; sourceMap: string }> {
  const { default: asc } = await import("assemblyscript/asc");
  for (const name of Object.keys(asc.libraryFiles)) if (name.startsWith("fata/")) delete asc.libraryFiles[name];
  Object.assign(asc.libraryFiles, await runtimeLibrary(), patchedRuntime(asc.libraryFiles), request.library);
  const written = new Map<string, string | Uint8Array>();
  const stderr = asc.createMemoryStream();
  let failed: unknown;
  const { transform } = request;
  class Transform {
    declare readonly binaryen: typeof binaryen; // set by asc on the prototype
    afterCompile(module: binaryen.Module): void {
      try {
        transform(module, this.binaryen);
      } catch (error) {
        failed = error;
        throw error; // asc goes no further
      }
    }
  }
  const { error } = await asc.main(
    [
      request.entry,
      "--baseDir",
      request.directory,
      "--outFile",
      "image.wasm",
      "--sourceMap",
      "--noColors",
      ...(request.memoryBase === undefined ? [] : ["--memoryBase", String(request.memoryBase)]),
      ...(request.assertions ? [] : ["--noAssert"]),
    ],
    {
      stderr,
      transforms: [Transform as never],
      readFile: (name, base) => readSource(request, name, base),
      writeFile: (name, contents) => {
        written.set(path.basename(name), contents);
      },
      listFiles: () => [],
    },
  );
  if (failed) throw failed;
  const wasm = written.get("image.wasm");
  if (error || !(wasm instanceof Uint8Array)) {
    const diagnostics = stderr.toString().trim();
    throw new CompileError(diagnostics || String(error?.message ?? "asc wrote nothing"));
  }
  return { wasm, sourceMap: String(written.get("image.wasm.map") ?? "") };
}

async function readSource(request: AscRequest, name: string, base: string): Promise<string | null> {
  // asc asks for the options by this name; they are this package's, whatever the project holds.
  if (name === "asconfig.json") return readFile(path.join(packageRoot, name), "utf8");
  const file = path.resolve(base, name);
  if (request.entryText !== undefined && file === path.resolve(request.directory, request.entry))
    return request.entryText;
  const text = await readFile(file, "utf8").catch(() => null);
  request.onRead?.(file, text);
  return text;
}

let library: Record<string, string> | undefined;

/** runtime/ as library modules, read once. */
async function runtimeLibrary(): Promise<Record<string, string>> {
  if (library) return library;
  const root = path.join(packageRoot, "runtime");
  const files = (await readdir(root, { recursive: true })).filter((f) => f.endsWith(".ts") && !f.endsWith(".d.ts"));
  library = {};
  for (const file of files.sort()) {
    library[`fata/${file.slice(0, -3)}`] = readFileSync(path.join(root, file), "utf8");
  }
  return library;
}
