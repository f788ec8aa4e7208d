import { lstatSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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
  format: "tar" | "fat" | "zone";
  paths: string[];
}

/** `fata pack`. */
export const packCommand: CommandModule<object, PackArguments> = {
  command: "pack <format> <paths..>",
  describe: "Make a disk image of a folder, for tarDisk or fatDisk, or of zone files, for zonesDisk",
  builder: (yargs: Argv) =>
    yargs
      .positional("format", {
        choices: ["tar", "fat", "zone"] as const,
        demandOption: true,
        describe: "What is on the disk",
      })
      .positional("paths", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "The folder; or, for zone, master files (RFC 1035)",
      })
      .options(packOptions)
      .epilogue(
        "The same files give the same bytes. Their time is that of SOURCE_DATE_EPOCH, in seconds since 1970; by custom there is none.",
      )
      .example("fata pack tar htdocs -o disk.img", "makes a tar archive, as GNU tar would")
      .example("fata pack fat htdocs -o disk.img", "makes a FAT file system with long names")
      .example("fata pack zone example.org.zone -o disk.img", "checks a zone, and compiles it for a name server"),
  handler: runPack,
};

async function runPack({ format, paths, output, quiet }: PackArguments): Promise<void> {
  if (Array.isArray(output)) throw new UsageError("-o is given twice; expected one file");
  const folder = format === "zone" ? undefined : onlyFolder(paths);
  const target = resolve(output);
  checkTarget(target, folder, output);
  if (paths.some((path) => resolve(path) === target))
    throw new UsageError(`-o ${output}: it is one of the files that are packed; choose another place`);
  // Whole or not at all.
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const progress = await showProgress(quiet ?? false);
  const what = paths.map((path) => shown(resolve(path))).join(", ");
  try {
    progress.stage(`packing ${what}`);
    const tell = everySecond((done, all) => progress.stage(`packing ${done} of ${all} files`));
    if (folder === undefined) {
      const { packZones } = await import("../pack/zone.ts");
      writeFileSync(temporary, packZones(paths.map((path) => resolve(path))));
    } else if (format === "tar") (await import("../pack/tar.ts")).packTar(resolve(folder), temporary, tell);
    else (await import("../pack/fat.ts")).packFat(resolve(folder), temporary, tell);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new ProjectError(`cannot pack ${what} into ${shown(target)}: ${writeReason(error)}`);
  } finally {
    progress.end();
  }
  if (!quiet) process.stdout.write(`packed ${shown(target)}: ${formatSize(statSync(target).size)}\n`);
}

function onlyFolder(paths: readonly string[]): string {
  const [folder = "", more] = paths;
  if (more !== undefined) throw new UsageError(`${more} is one folder too many; expected one`);
  if (!isFolder(folder)) throw new UsageError(`there is no folder ${folder}; name the one to pack`);
  return folder;
}

/** @param folder what is packed, if that is one */
function checkTarget(target: string, folder: string | undefined, output: string): void {
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there && !there.isFile())
    throw new UsageError(`-o ${output}: it is there and is no file; pack into a file, and copy it with dd`);
  if (!isFolder(dirname(target))) throw new UsageError(`-o ${output}: there is no folder ${shown(dirname(target))}`);
  if (folder !== undefined && `${realpathSync(dirname(target))}${sep}`.startsWith(`${realpathSync(folder)}${sep}`))
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
