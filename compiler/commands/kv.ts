import { closeSync, existsSync, fstatSync, fsyncSync, openSync, statSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { KV_LOOKED_AT } from "../../runtime/kv/format.ts";
import { ProjectError, UsageError } from "../errors.ts";
import { Contents } from "../kv/contents.ts";
import { Disk } from "../kv/disk.ts";
import { lostFrames } from "../kv/lost.ts";
import { shellWord, shown, writeAtomically } from "../output.ts";

interface DiskArguments {
  disk: string;
}

function diskOption<T>(yargs: Argv<T>) {
  return yargs.positional("disk", {
    type: "string",
    demandOption: true,
    describe: "The disk, as tender --disk= has it",
  });
}

const inspect: CommandModule<object, DiskArguments & { keys: boolean | undefined }> = {
  command: "inspect <disk>",
  describe: "Show what a store is made of, and with --keys what it holds",
  builder: (yargs) => diskOption(yargs).option("keys", { type: "boolean", describe: "List all keys" }),
  handler: ({ disk, keys }) => {
    const text = Disk.with(disk, (file) => {
      const contents = new Contents(file);
      return [describe(contents), ...(keys ? contents.values.map(line) : []), ...contents.problems].join("\n");
    });
    process.stdout.write(`${text}\n`);
  },
};

function describe({ superblock, values, checkpointFrames, logFrames }: Contents): string {
  const { bytes, segments, segment, chunk, generation, epoch } = superblock;
  const used = values.reduce((sum, { size }) => sum + size, 0);
  return [
    `store of ${bytes} bytes: ${segments} segments of ${segment} bytes, chunks of ${chunk}`,
    `superblock ${generation}, written to in ${epoch} runs`,
    `checkpoint of ${checkpointFrames} frames, then ${logFrames} frames of log`,
    `${values.length} values of ${used} bytes`,
  ].join("\n");
}

function line({ key, size, modified }: { key: string; size: number; modified: bigint }): string {
  const date = new Date(Number(modified / 1_000_000n));
  const when = Number.isNaN(date.getTime()) ? "?" : date.toISOString();
  return `${String(size).padStart(12)}  ${when}  ${key}`;
}

const exportTo: CommandModule<object, DiskArguments & { folder: string }> = {
  command: "export <disk> <folder>",
  describe: "Write all values of a store as files into a new folder, those that can be read",
  builder: (yargs) =>
    diskOption(yargs).positional("folder", {
      type: "string",
      demandOption: true,
      describe: "A folder that is not there",
    }),
  handler: ({ disk, folder }) => {
    if (existsSync(folder)) throw new UsageError(`${shown(resolve(folder))} is there already; name a new folder`);
    const { problems, count } = Disk.with(disk, (file) => writeAll(new Contents(file), folder));
    process.stdout.write(`${count} values written to ${shown(resolve(folder))}\n`);
    report(disk, problems);
  },
};

function writeAll(contents: Contents, folder: string): { problems: string[]; count: number } {
  const problems = [...contents.problems];
  let count = 0;
  for (const value of contents.values) {
    const bytes = contents.read(value);
    const names = value.key.split("/").slice(1);
    if (typeof bytes === "string") problems.push(bytes);
    else if (names.some((name) => /^\.{0,2}$|\0/.test(name)))
      problems.push(`${value.key}: cannot be the name of a file`);
    else {
      writeAtomically(join(folder, ...names), bytes);
      count++;
    }
  }
  return { problems, count };
}

const check: CommandModule<object, DiskArguments> = {
  command: "check <disk>",
  describe: "Read all of a store, and compare all checksums",
  builder: diskOption,
  handler: ({ disk }) => {
    const { problems, text, lost, end } = Disk.with(disk, (file) => {
      const contents = new Contents(file);
      const { superblock, end } = contents;
      const damaged = contents.values.flatMap((value) => {
        const bytes = contents.read(value);
        return typeof bytes === "string" ? [bytes] : [];
      });
      const lost = lostFrames(file, superblock, end.sequence);
      return { problems: [...contents.problems, ...damaged], text: describe(contents), lost, end };
    });
    process.stdout.write(`${text}\n`);
    // A power cut may leave this, too: so it is no problem of the store, but whoever looks should know.
    if (lost > 0)
      process.stderr.write(
        `the log ends at ${end.address}, and ${lost} whole frames of the same run lie behind it: the power failed before ` +
          "they were synced, or the disk is damaged there\n",
      );
    report(disk, problems);
    process.stdout.write("all of it is whole\n");
  },
};

/** @throws ProjectError when there are any */
function report(disk: string, problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  if (problems.length > 0) throw new ProjectError(`${shown(resolve(disk))}: ${many}; the lines above tell which`);
}

const formatDisk: CommandModule<object, DiskArguments> = {
  command: "format <disk>",
  describe: "Make a disk empty, which loses what it holds: the next image that uses it makes it a store",
  builder: diskOption,
  handler: ({ disk }) => {
    if (!existsSync(disk) || !statSync(disk).isFile())
      throw new UsageError(`there is no disk ${disk}; make one: truncate -s 64M ${shellWord(disk)}`);
    const file = openSync(disk, "r+");
    const { size } = fstatSync(file);
    const zeros = Buffer.alloc(Math.min(size, KV_LOOKED_AT));
    writeSync(file, zeros, 0, zeros.length, 0);
    writeSync(file, zeros, 0, zeros.length, size - zeros.length);
    fsyncSync(file);
    closeSync(file);
    process.stdout.write(`${shown(resolve(disk))} is empty\n`);
  },
};

/** `fata kv`. */
export const kvCommand: CommandModule = {
  command: "kv <command>",
  describe: "Look into the disk of a read-write store (kvRw), or empty it",
  builder: (yargs) =>
    yargs
      .command(inspect)
      .command(exportTo)
      .command(check)
      .command(formatDisk)
      .demandCommand(1, "expected a command and a disk, such as fata kv inspect DISK; see fata kv --help")
      .example("fata kv inspect store.img --keys", "lists what a store holds")
      .epilogue("The disk must not be in use by an image meanwhile."),
  handler: () => {},
};
