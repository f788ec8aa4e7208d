import { resolve } from "node:path";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { UsageError } from "../errors.ts";
import { isFolder } from "../output.ts";

/** The options of `fata describe` itself. */
export const describeOptions = {
  json: { type: "boolean", describe: "Print JSON, for programs" },
  dot: { type: "boolean", conflicts: "json", describe: "Print a graph for Graphviz: fata describe --dot | dot -Tsvg" },
} as const satisfies Record<string, Options>;

interface DescribeArguments extends InferredOptionTypes<typeof describeOptions> {
  target: string;
}

/** `fata describe`; `keys` are the options and keys of the project that were given. */
export function describeCommand(
  keys: ReadonlyMap<string, string | undefined>,
): CommandModule<object, DescribeArguments> {
  return {
    command: "describe [target]",
    describe: "Tell what a project or an image is made of",
    builder: (yargs: Argv) =>
      yargs
        .positional("target", {
          type: "string",
          default: ".",
          describe: "The folder that holds config.ts, or an image",
        })
        .options(describeOptions)
        .epilogue("Options and keys of config.ts are options here, too, as of fata build.")
        .example("fata describe examples/network-udp", "its jobs, devices and keys, and where they are declared")
        .example("fata describe app.wasm", "the image's manifest, imports, exports and sections"),
    handler: (argv) => run(argv, keys),
  };
}

async function run({ target, json, dot }: DescribeArguments, keys: ReadonlyMap<string, string | undefined>) {
  const text = /\.wasm$/.test(target) && !isFolder(target) ? imageText(target, keys, json, dot) : projectText(target);
  process.stdout.write(`${await text}\n`);

  async function projectText(folder: string): Promise<string> {
    const { loadProject } = await import("../project/load.ts");
    const { makeGivenGraph } = await import("../project/defaults.ts");
    const { describeProject } = await import("../describe/project.ts");
    const project = await loadProject(resolve(folder));
    const given = { defaults: keys, environment: process.env, options: Object.keys(describeOptions) };
    const description = describeProject(project, makeGivenGraph(project.registration, given));
    if (json) return JSON.stringify(description, undefined, 2);
    if (dot) return (await import("../describe/dot.ts")).formatDot(description);
    return (await import("../describe/tree.ts")).formatTree(description);
  }
}

async function imageText(
  path: string,
  keys: ReadonlyMap<string, string | undefined>,
  json: boolean | undefined,
  dot: boolean | undefined,
): Promise<string> {
  const [name] = keys.keys();
  if (dot) throw new UsageError("--dot draws a project's devices, and an image is none: fata describe DIR --dot");
  if (name !== undefined) throw new UsageError(`--${name} is for a project: what an image is made of is fixed`);
  const { readImage } = await import("../deploy/image.ts");
  const { describeImage, formatImage } = await import("../describe/image.ts");
  const image = describeImage(readImage(path));
  return json ? JSON.stringify(image, undefined, 2) : formatImage(image);
}
