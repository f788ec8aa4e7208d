import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { encodeManifest, MANIFEST_SECTION, parseManifest } from "../runtime/abi/manifest.ts";
import { ABI_VERSION } from "../runtime/abi/tender.ts";
import { advise } from "./advice.ts";
import { locateDiagnostics } from "./diagnostics.ts";
import { ProjectError } from "./errors.ts";
import { makeFiles } from "./files.ts";
import type { Graph } from "./graph/graph.ts";
import { checkImports } from "./imports.ts";
import type { Architecture } from "./native/architecture.ts";
import type { Compiler } from "./native/compiler.ts";
import type { Translation } from "./native/index.ts";
import { writeAtomically, writePrinted } from "./output.ts";
import type { Mode } from "./pipeline/index.ts";
import { printImage, printInfo } from "./print/info.ts";
import { printKeys } from "./print/keys.ts";
import { printMain } from "./print/main.ts";
import { type Given, makeGivenGraph } from "./project/defaults.ts";
import { checkModules, loadProject, type Project } from "./project/load.ts";
import { checkTypes } from "./project/types.ts";
import { relocateSources } from "./sourcemap.ts";

/** The custom section that names an image's source map, a string (source map specification, 10.2). */
const MAP_SECTION = "sourceMappingURL";

/** What is to be built; `defaults` and `environment` change the defaults of keys. */
export interface BuildRequest extends Given {
  /** The project's folder, absolute. */
  readonly directory: string;
  /** Where the image goes, absolute; by custom DIRECTORY/dist/NAME.wasm. */
  readonly output?: string;
  readonly mode: Mode;
  /** Processors that the image is translated for. */
  readonly native?: readonly Architecture[];
  readonly progress: (stage: string) => void;
}

export interface BuildResult {
  /** The image and its source map beside it, absolute. */
  readonly image: string;
  readonly map: string;
  /** Bytes of the image. */
  readonly size: number;
  /** Its native sections. */
  readonly translations: readonly Translation[];
  /** What it was made from. */
  readonly graph: Graph;
  /** A line for each thing that looks wrong with what is compiled into it. */
  readonly warnings: readonly string[];
}

/**
 * Builds a project: config.ts -> graph -> main.ts and keys.ts -> wasm -> manifest -> image. The image is a function of
 * the project's files, the keys and this package: no path and no date is in it.
 * @throws UsageError, ProjectError, CompileError
 */
export async function build(request: BuildRequest): Promise<BuildResult> {
  const { directory, mode, progress } = request;
  progress("reading config.ts");
  const project = await loadProject(directory);
  const graph = makeGivenGraph(project.registration, request);
  const { name } = project.registration;
  await makeFiles(directory, graph.files);
  checkModules(graph, directory);
  const main = await printMain(graph, directory);
  const keys = printKeys(name, graph.keys);
  const dist = join(directory, "dist");
  // Before asc runs: the editor needs keys.ts most while the application does not compile yet.
  writePrinted(join(dist, "main.ts"), main);
  writePrinted(join(dist, "keys.ts"), keys);

  // A compiler that is missing is told at once, not after all the rest.
  const native = await findCompilers(request.native ?? []);
  // TypeScript looks at config.ts while asc is loaded, which takes longer.
  const [, { CompileError, compileImage }] = await Promise.all([checkTypes(directory), import("./pipeline/index.ts")]);
  const info = printInfo({ name, version: project.version, devices: graph.attached });
  const { data, modules, warnings } = await readContents(graph, progress);
  const about = printImage({ name, version: project.version });
  const library = { "fata/keys": keys, "fata/info": info, "fata/image": about, ...modules };
  const { wasm, sourceMap, functions } = await compileImage({ directory, main, library, data, mode, progress }).catch(
    (error) => {
      if (!(error instanceof CompileError)) throw error;
      throw new ProjectError(`${name} does not compile\n${advise(locateDiagnostics(error.message, directory))}`);
    },
  );

  checkImports(name, wasm);
  const image = request.output ?? join(dist, `${name}.wasm`);
  const map = `${image}.map`;
  const portable = await assemble(wasm, basename(map), project, graph);
  const { image: bytes, translations } = await translate(portable, functions, native, progress);
  const elsewhere = "choose another place with -o";
  writeAtomically(map, relocateSources(sourceMap, functions, directory, map), elsewhere);
  writeAtomically(image, bytes, elsewhere);
  return { image, map, size: bytes.length, translations, graph, warnings };
}

/** Reads what is compiled into the image. */
async function readContents(graph: Graph, progress: (stage: string) => void) {
  const read = new Set([...graph.contents.keys()].map(({ namespace }) => namespace));
  if (read.size > 0) progress(`reading ${[...read].join(" and ")}`);
  const { packContents } = await import("./pack/contents.ts");
  return packContents(graph.contents);
}

async function findCompilers(architectures: readonly Architecture[]): Promise<Compiler[]> {
  if (architectures.length === 0) return [];
  const { findCompiler } = await import("./native/compiler.ts");
  return Promise.all(architectures.map(findCompiler));
}

/** Adds native sections, if any are wanted. They come last: their hash is of all that lies before them. */
async function translate(
  image: Uint8Array,
  functions: readonly string[],
  compilers: readonly Compiler[],
  progress: (stage: string) => void,
) {
  if (compilers.length === 0) return { image, translations: [] };
  const { addNativeSections } = await import("./native/index.ts");
  return addNativeSections({ image, functions, compilers, progress });
}

/** Adds the sections that an image has besides its code: where its source map is, and the manifest. */
async function assemble(wasm: Uint8Array, map: string, project: Project, graph: Graph): Promise<Uint8Array> {
  const { memoryOf, unsigned, withoutSection, withSection } = await import("./pipeline/sections.ts");
  const url = new TextEncoder().encode(map);
  // asc's own names the file that it thinks it wrote.
  const bare = withoutSection(wasm, MAP_SECTION);
  const mapped = withSection(bare, MAP_SECTION, Uint8Array.of(...unsigned(url.length), ...url));
  const text = encodeManifest({
    abi: ABI_VERSION,
    name: project.registration.name,
    version: project.version,
    devices: graph.attached,
    memory: memoryOf(mapped),
    arguments: graph.keys.filter((key) => key.stage !== "build"),
    build: createHash("sha256").update(mapped).digest("hex").slice(0, 32),
  });
  const manifest = new TextEncoder().encode(text);
  const wrong = parseManifest(text);
  if (typeof wrong === "string") throw new ProjectError(`the image cannot be described: ${wrong}`);
  return withSection(mapped, MANIFEST_SECTION, manifest);
}
