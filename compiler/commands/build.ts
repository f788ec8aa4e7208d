import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import type { BuildResult } from "../build.ts";
import { formatSite, ProjectError, UsageError } from "../errors.ts";
import { type Architecture, parseArchitectures, THIS_MACHINE } from "../native/architecture.ts";
import { isFolder, shown } from "../output.ts";
import { showProgress } from "../progress.ts";

/** The options of `fata build` itself. Their names are reserved: no key can have them (compiler/config/key.ts). */
export const buildOptions = {
  output: { alias: "o", type: "string", requiresArg: true, describe: "Where the image goes [DIR/dist/NAME.wasm]" },
  dev: { type: "boolean", conflicts: "release", describe: "Build fast: hardly optimised, with function names" },
  release: { type: "boolean", describe: "Build small: without assertions" },
  native: { type: "string", describe: "Translate for x86_64, aarch64 or both, with gcc [this machine's]" },
  quiet: { type: "boolean", describe: "Print nothing but errors" },
} as const satisfies Record<string, Options>;

/** Options that every command has. */
const everywhere = ["help", "version"];

interface BuildArguments extends InferredOptionTypes<typeof buildOptions> {
  dir: string;
}

/**
 * Takes the keys out of the command line: yargs would turn their values into numbers, and cannot know them before
 * config.ts was read.
 * @param options of the command itself
 * @returns what is left for yargs, and the keys' values by name, undefined for `--KEY` alone
 */
export function splitKeys(
  args: readonly string[],
  options: Readonly<Record<string, Options>> = buildOptions,
): { rest: string[]; keys: Map<string, string | undefined> } {
  const known: readonly string[] = [...Object.keys(options), ...everywhere];
  const rest: string[] = [];
  const keys = new Map<string, string | undefined>();
  for (const arg of args) {
    const [, name, value] = /^--([a-z][a-z0-9_-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name && keys.has(name)) throw new UsageError(`--${name} is given twice`);
    if (name && !known.includes(name)) keys.set(name, value);
    // yargs would take the word behind it, the folder, for its value.
    else if (arg === "--native") rest.push(`--native=${THIS_MACHINE}`);
    else rest.push(arg);
  }
  return { rest, keys };
}

/**
 * The options and keys of a project, for `fata build DIR --help`.
 * @param words what stands behind `build`
 * @returns them by name, or why there are none: undefined where no project is named
 */
export async function projectOptions(words: readonly string[]): Promise<Record<string, Options> | string | undefined> {
  const directory = resolve(words.find((word) => !word.startsWith("-")) ?? ".");
  if (!existsSync(join(directory, "config.ts"))) return undefined;
  const [{ loadProject }, { makeGraph }] = await Promise.all([
    import("../project/load.ts"),
    import("../graph/graph.ts"),
  ]);
  try {
    const { keys, choices } = makeGraph((await loadProject(directory)).registration);
    const group = "Keys of the project, whose defaults are changed so:";
    const options: [string, Options][] = choices.map(({ option }) => [
      option.name,
      { type: "string", choices: option.values, default: option.default, describe: option.doc, group },
    ]);
    for (const { name, default: preset, doc, stage } of keys) {
      if (stage !== "run") options.push([name, { type: "string", default: preset, describe: doc, group }]);
    }
    return Object.fromEntries(options);
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    return `${error.site ? `${formatSite(error.site)}: ` : ""}${error.message}`;
  }
}

/**
 * `fata build`.
 * @param keys those that splitKeys found
 * @param project what projectOptions found, to be listed by the help
 */
export function buildCommand(
  keys: ReadonlyMap<string, string | undefined>,
  project: Record<string, Options> | string | undefined,
): CommandModule<object, BuildArguments> {
  const epilogue =
    typeof project === "string"
      ? `The keys of this project cannot be listed: ${project}`
      : "Each key of config.ts is an option, too: --KEY=VALUE changes its default in the image.";
  return {
    command: "build [dir]",
    describe: "Build the project in DIR into one image",
    builder: (yargs: Argv) =>
      yargs
        .positional("dir", { type: "string", default: ".", describe: "The folder that holds config.ts" })
        .options(buildOptions)
        .options((typeof project === "object" ? project : {}) as Record<never, Options>)
        .epilogue(epilogue)
        .example("fata build examples/hello", "writes examples/hello/dist/hello.wasm")
        .example("fata build --dev", "builds the project of this folder fast")
        .example("fata build --native=x86_64,aarch64", "adds code for the native tender on both processors")
        .example("fata build examples/network-udp --ipv4=192.168.7.2/24", "changes the default address"),
    handler: async (argv) => {
      await runBuild(argv, keys);
    },
  };
}

/** Builds as the command line says. */
export async function runBuild(
  argv: BuildArguments,
  keys: ReadonlyMap<string, string | undefined>,
): Promise<Pick<BuildResult, "image" | "graph">> {
  checkOutput(argv.output);
  const native = checkNative(argv.native);
  const progress = await showProgress(argv.quiet ?? false);
  try {
    const { build } = await import("../build.ts");
    const { image, size, translations, graph, warnings } = await build({
      directory: resolve(argv.dir),
      ...(argv.output !== undefined && { output: resolve(argv.output) }),
      mode: argv.dev ? "dev" : argv.release ? "release" : "default",
      defaults: keys,
      environment: process.env,
      options: Object.keys(buildOptions),
      native,
      progress: progress.stage,
    });
    progress.end();
    for (const warning of warnings) process.stderr.write(`${warning}\n`);
    const seconds = (performance.now() / 1000).toFixed(1); // since Node started: what the user waited for
    if (argv.quiet) return { image, graph };
    process.stdout.write(`built ${shown(image)}: ${formatSize(size)} in ${seconds} s\n`);
    for (const { architecture, compiler, size: bytes, cached } of translations)
      process.stdout.write(`  ${architecture.name}: ${formatSize(bytes)} by ${compiler}${cached ? ", cached" : ""}\n`);
    return { image, graph };
  } finally {
    progress.end();
  }
}

/** Refuses what is no file's name before anything is compiled. yargs gives a list when an option is repeated. */
function checkOutput(output: unknown): void {
  if (output === "") throw new UsageError("-o needs a value: the image's file");
  if (Array.isArray(output)) throw new UsageError("-o is given twice; expected one file");
  if (typeof output === "string" && isFolder(output))
    throw new UsageError(`-o ${output}: it is a folder; name a file in it`);
  if (typeof output === "string" && existsSync(output) && !mayBeReplaced(output))
    throw new UsageError(`-o ${output}: it is there and is no image; choose another name`);
}

/** Whether a file is an image of an earlier build, or empty: not config.ts, and not /dev/null. */
function mayBeReplaced(path: string): boolean {
  const status = statSync(path);
  return status.isFile() && (status.size === 0 || readFileSync(path).subarray(0, 4).equals(Buffer.from("\0asm")));
}

/** The processors that are asked for, none without the option. */
function checkNative(native: unknown): Architecture[] {
  if (Array.isArray(native))
    throw new UsageError("--native is given twice; expected one list: --native=x86_64,aarch64");
  return typeof native === "string" ? parseArchitectures(native) : [];
}

/** `12.3 kB`: thousands, as `ls --si` and disk makers count. */
export function formatSize(bytes: number): string {
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
