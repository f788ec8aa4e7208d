import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import type { Argv, CommandModule, InferredOptionTypes } from "yargs";
import { makeFiles } from "../files.ts";
import type { Graph } from "../graph/graph.ts";
import { packageRoot } from "../package.ts";
import { buildOptions, runBuild } from "./build.ts";

interface RunArguments extends InferredOptionTypes<typeof buildOptions> {
  dir: string;
}

/**
 * `fata run`.
 * @param keys those that splitKeys found
 * @param words what stands behind the first `--`: the tender's options, and behind a second one the image's arguments
 */
export function runCommand(
  keys: ReadonlyMap<string, string | undefined>,
  words: readonly string[],
): CommandModule<object, RunArguments> {
  return {
    command: "run [dir]",
    describe: "Build the project in DIR and run its image, with the disks that it is made with",
    builder: (yargs: Argv) =>
      yargs
        .positional("dir", { type: "string", default: ".", describe: "The folder that holds config.ts" })
        .options(buildOptions)
        .epilogue("What stands behind -- is the tender's; behind a second --, the image's.")
        .example("fata run examples/hello", "builds and runs")
        .example("fata run examples/kv-ro --kv_ro=direct", "serves the folder t/ as it is now")
        .example("fata run -- --net=tap0 -- --ipv4=10.0.0.2/24", "with a network and an argument"),
    handler: async (argv) => {
      const { image, graph } = await runBuild({ ...argv, quiet: true }, keys);
      process.exitCode = await runTender(image, await attachDisks(graph, resolve(argv.dir), words), words);
    },
  };
}

/** The options that attach the disks which are made of folders, where the user attaches no others. */
async function attachDisks(graph: Graph, directory: string, words: readonly string[]): Promise<string[]> {
  const options: string[] = [];
  for (const { recipe } of graph.devices) {
    const { disk, name } = recipe;
    const given = words.some((word) => /^--(disk|block)(=|$)/.test(word) || word.startsWith(`--disk:${name}=`));
    if (!disk || given) continue;
    if (!graph.files.includes(disk)) await makeFiles(directory, [disk]);
    options.push(`--disk:${name}=${join(directory, disk.path)},ro`);
  }
  return options;
}

/** @returns the exit status */
async function runTender(image: string, disks: readonly string[], words: readonly string[]): Promise<number> {
  const end = words.indexOf("--");
  const [options, rest] = end < 0 ? [words, []] : [words.slice(0, end), words.slice(end)];
  const script = join(packageRoot, "build/tender/tender.cjs");
  const tender = spawn(process.execPath, [script, ...disks, ...options, image, ...rest], { stdio: "inherit" });
  // A signal from the terminal reaches the tender, too, and it is for it to end.
  const ignore = (): void => {};
  const pass = (signal: NodeJS.Signals): void => {
    tender.kill(signal);
  };
  process.on("SIGINT", ignore).on("SIGTERM", pass);
  const [status, signal] = (await once(tender, "exit")) as [number | null, NodeJS.Signals | null];
  process.off("SIGINT", ignore).off("SIGTERM", pass);
  return status ?? 128 + (signal ? constants.signals[signal] : 0);
}
