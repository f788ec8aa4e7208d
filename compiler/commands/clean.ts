import { join, resolve } from "node:path";
import type { Argv, CommandModule } from "yargs";
import { UsageError } from "../errors.ts";
import { removeMade } from "../files.ts";
import { isFolder, shown } from "../output.ts";

interface CleanArguments {
  dir: string;
}

/** `fata clean`. */
export const cleanCommand: CommandModule<object, CleanArguments> = {
  command: "clean [dir]",
  describe: "Remove DIR/dist, if nothing but fata's own output is in it, and files that config.ts had made",
  builder: (yargs: Argv) =>
    yargs.positional("dir", { type: "string", default: ".", describe: "The folder that holds config.ts" }),
  handler: ({ dir }) => {
    if (!isFolder(dir)) throw new UsageError(`there is no folder ${dir}; name a project's folder: fata clean DIR`);
    const removed = removeMade(resolve(dir)).map((path) => `removed ${shown(path)}\n`);
    process.stdout.write(removed.join("") || `there is no ${shown(join(resolve(dir), "dist"))}\n`);
  },
};
