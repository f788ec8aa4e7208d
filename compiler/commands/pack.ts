import { lstatSync, realpathSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { ProjectError, UsageError } from "../errors.ts";
import { isFolder, shown, writeReason } from "../output.ts";
import { showProgress } from "../progress.ts";
import { formatSize } from "./build.ts";

const packOptions = {
  output: { alias: "o", type: "string", requiresArg: true, demandOption: true, describe: "The disk image's file" },
  quiet: { type: "boolean", describe: "Print nothing but errors" },
} as const satisfies Record<string, Options>;

interface PackArguments extends InferredOptionTypes<typeof packOptions> {
  format: "tar" | "fat";
  folder: string;
}

/** `fata pack`. */
export const packCommand: CommandModule<object, PackArguments> = {
  command: "pack <format> <folder>",
  describe: "Make a disk image of a folder, for tarDisk or fatDisk",
  builder: (yargs: Argv) =>
    yargs
      .positional("format", { choices: ["tar", "fat"] as const, demandOption: true, describe: "What is on the disk" })
      .positional("folder", { type: "string", demandOption: true, describe: "The folder" })
      .options(packOptions)
      .epilogue(
        "The same files give the same bytes. Their time is that of SOURCE_DATE_EPOCH, in seconds since 1970; by custom there is none.",
      )
      .example("fata pack tar htdocs -o disk.img", "makes a tar archive, as GNU tar would")
      .example("fata pack fat htdocs -o disk.img", "makes a FAT file system with long names"),
  handler: runPack,
};

async function runPack({ format, folder, output, quiet }: PackArguments): Promise<void> {
  if (Array.isArray(output)) throw new UsageError("-o is given twice; expected one file");
  if (!isFolder(folder)) throw new UsageError(`there is no folder ${folder}; name the one to pack`);
  const target = resolve(output);
  checkTarget(target, folder, output);
  // Whole or not at all.
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const progress = await showProgress(quiet ?? false);
  try {
    progress.stage(`packing ${shown(resolve(folder))}`);
    const tell = everySecond((done, all) => progress.stage(`packing ${done} of ${all} files`));
    if (format === "tar") (await import("../pack/tar.ts")).packTar(resolve(folder), temporary, tell);
    else (await import("../pack/fat.ts")).packFat(resolve(folder), temporary, tell);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new ProjectError(`cannot pack ${shown(resolve(folder))} into ${shown(target)}: ${writeReason(error)}`);
  } finally {
    progress.end();
  }
  if (!quiet) process.stdout.write(`packed ${shown(target)}: ${formatSize(statSync(target).size)}\n`);
}

function checkTarget(target: string, folder: string, output: string): void {
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there && !there.isFile())
    throw new UsageError(`-o ${output}: it is there and is no file; pack into a file, and copy it with dd`);
  if (!isFolder(dirname(target))) throw new UsageError(`-o ${output}: there is no folder ${shown(dirname(target))}`);
  if (`${realpathSync(dirname(target))}${sep}`.startsWith(`${realpathSync(folder)}${sep}`))
    throw new UsageError(`-o ${output}: it lies in the folder that is packed; choose another place`);
}

/** Calls a function at most once a second. */
function everySecond(call: (done: number, all: number) => void): (done: number, all: number) => void {
  let last = performance.now();
  return (done, all) => {
    if (performance.now() - last < 1000) return;
    last = performance.now();
    call(done, all);
  };
}
