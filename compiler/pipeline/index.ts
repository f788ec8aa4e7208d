/** From the text of main.ts to an image's wasm, without its manifest. */
import { FIBER_AREA } from "../../runtime/sched/area.ts";
import { CompileError, compileWithAsc } from "./asc.ts";
import { behindData, withData } from "./data.ts";
import { type Mode, optimize } from "./optimize.ts";
import { compileElsewhere } from "./remote.ts";
import { functionNames, memoryOf, PAGE, withoutSection, withPages } from "./sections.ts";
import { packTexts, type Texts } from "./texts.ts";

export { CompileError, type Mode };

export interface CompileRequest {
  /** The project's folder, absolute. */
  readonly directory: string;
  /** The text of main.ts; it is compiled as DIRECTORY/dist/main.ts. */
  readonly main: string;
  /** Further library modules by name, such as `fata/keys`. */
  readonly library?: Readonly<Record<string, string>>;
  /** What lies at DATA_START. */
  readonly data?: Uint8Array;
  readonly mode: Mode;
  /** Told of each stage as it begins. */
  readonly progress?: (stage: string) => void;
  /** Told of each file of the project that asc asks for, absolute, and what it holds, null when there is none. */
  readonly onRead?: (file: string, text: string | null) => void;
}

/** A compiled image. */
export interface Compiled {
  readonly wasm: Uint8Array;
  /** JSON, version 3. */
  readonly sourceMap: string;
  /** The names of its functions by index: they are not in the wasm, except of a dev build. */
  readonly functions: readonly string[];
}

/**
 * Compiles an image: by the compiler that already runs, where the environment names one, else in this process.
 * @throws CompileError with asc's diagnostics
 */
export async function compileImage(request: CompileRequest): Promise<Compiled> {
  return (await compileElsewhere(request)) ?? compileHere(request);
}

async function compileHere(request: CompileRequest): Promise<Compiled> {
  const { progress = () => {}, mode, data = new Uint8Array() } = request;
  progress("compiling");
  let texts: Texts | undefined;
  const compiled = await compileWithAsc({
    directory: request.directory,
    entry: "dist/main.ts",
    entryText: request.main,
    ...(request.library && { library: request.library }),
    ...(data.length > 0 && { memoryBase: behindData(data.length) }),
    ...(request.onRead && { onRead: request.onRead }),
    assertions: mode !== "release",
    transform: (module, instance) => {
      progress("optimising");
      texts = optimize(module, instance, mode);
    },
  });
  // Names are a quarter of an image. The section lies behind the code: the source map stays right.
  const { wasm: packed, sourceMap } = texts ? packTexts(compiled.wasm, compiled.sourceMap, texts) : compiled;
  const wasm = withPages(packed, pagesWithFibers(memoryOf(packed).initial));
  const bare = mode === "dev" ? wasm : withoutSection(wasm, "name");
  const functions = functionNames(wasm);
  return { ...(data.length > 0 ? withData(bare, sourceMap, data) : { wasm: bare, sourceMap }), functions };
}

/** So many take an octet; more would move the code, of which the source map knows the place. */
const SHORT_PAGES = 127;

/** Pages of memory at first, for the area of the fibers as well: with less no image begins, which the tender says. */
function pagesWithFibers(pages: number): number {
  const all = pages + Math.ceil(FIBER_AREA / PAGE);
  return pages <= SHORT_PAGES ? Math.min(all, SHORT_PAGES) : all;
}
