import { basename, resolve } from "node:path";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { UsageError } from "../errors.ts";
import { projectFiles, wrongName } from "../init/project.ts";
import { findTemplate, type Template, templates } from "../init/templates.ts";
import { obstacles, writeProject } from "../init/write.ts";
import { shellWord, shown } from "../output.ts";

const initOptions = {
  template: { alias: "t", type: "string", requiresArg: true, describe: "What it does at first; see below" },
  name: { type: "string", requiresArg: true, describe: "The name of project and image [that of DIR]" },
} as const satisfies Record<string, Options>;

interface InitArguments extends InferredOptionTypes<typeof initOptions> {
  dir: string | undefined;
}

const width = Math.max(...templates.map(({ name }) => name.length));
const LIST = templates.map(({ name, doc }) => `  ${name.padEnd(width)}  ${doc}`).join("\n");

/** `fata init`. */
export const initCommand: CommandModule<object, InitArguments> = {
  command: "init [dir]",
  describe: "Make a new project in the folder DIR",
  builder: (yargs: Argv) =>
    yargs
      .positional("dir", { type: "string", describe: "The project's folder; it is made when it is missing" })
      .options(initOptions)
      .epilogue(`Templates:\n${LIST}\n\nOn a terminal it asks for what is not given. Nothing is overwritten.`)
      .example("fata init my-app --template=hello", "makes my-app with config.ts, unikernel.ts and more"),
  handler: runInit,
};

async function runInit(argv: InitArguments): Promise<void> {
  for (const option of ["template", "name"] as const)
    if (Array.isArray(argv[option])) throw new UsageError(`--${option} is given twice`);
  const { dir, template } = await complete(argv);
  if (dir === "") throw new UsageError("the folder's name is empty; name one: fata init DIR");
  const directory = resolve(dir);
  const name = argv.name ?? basename(directory);
  const files = projectFiles(directory, name, template);
  writeProject(directory, files);
  const enter = directory === process.cwd() ? [] : [`cd ${shellWord(shown(directory))}`];
  const lines = [
    `made ${shown(directory)}: ${[...files.keys()].join(", ")}`,
    "Now type:",
    ...[...enter, "npm install", "npx fata build"].map((line) => `  ${line}`),
    "README.md tells how to run it.",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** The folder and the template, of which those that are not given are asked for, where there is somebody to ask. */
async function complete({ dir, template, name }: InitArguments): Promise<{ dir: string; template: Template }> {
  const given = { dir, template: template === undefined ? undefined : findTemplate(template) };
  if (given.dir !== undefined && given.template) return { dir: given.dir, template: given.template };
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    if (given.template) throw new UsageError(`expected a folder: fata init DIR --template=${given.template.name}`);
    const names = templates.map((known) => known.name).join(", ");
    throw new UsageError(`expected a template: fata init ${dir ?? "DIR"} --template=NAME, one of ${names}`);
  }
  const { ask } = await import("../init/ask.ts");
  return ask(given, (directory, chosen) => {
    const wrong = wrongName(name ?? basename(directory));
    return wrong ?? obstacles(directory, [...projectFiles(directory, name ?? basename(directory), chosen).keys()]);
  });
}
