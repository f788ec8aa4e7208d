/** From the text of main.ts to an image's wasm, without its manifest. */
import { CompileError, compileWithAsc } from "./asc.ts";
import { type Mode, optimize } from "./optimize.ts";
import { withoutSection } from "./sections.ts";

export { CompileError, type Mode };

export interface CompileRequest {
  /** The project's folder, absolute. */
  readonly directory: string;
  /** The text of main.ts; it is compiled as DIRECTORY/dist/main.ts. */
  readonly main: string;
  /** Further library modules by name, such as `fata/keys`. */
  readonly library?: Readonly<Record<string, string>>;
  readonly mode: Mode;
  /** Told of each stage as it begins. */
  readonly progress?: (stage: string) => void;
}

/**
 * Compiles an image.
 * @throws CompileError with asc's diagnostics
 */
export async function compileImage(request: CompileRequest): Promise<{ wasm: Uint8Array; sourceMap: string }> {
  const { progress = () => {}, mode } = request;
  progress("compiling");
  const { wasm, sourceMap } = await compileWithAsc({
    directory: request.directory,
    entry: "dist/main.ts",
    entryText: request.main,
    ...(request.library && { library: request.library }),
    assertions: mode !== "release",
    transform: (module, instance) => {
      progress("optimising");
      optimize(module, instance, mode);
    },
  });
  // Names are a quarter of an image. The section lies behind the code: the source map stays right.
  return { wasm: mode === "dev" ? wasm : withoutSection(wasm, "name"), sourceMap };
}
