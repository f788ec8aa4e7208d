#!/usr/bin/env node
import yargs from "yargs";
import { buildCommand, buildOptions, projectOptions, splitKeys } from "./commands/build.ts";
import { cleanCommand } from "./commands/clean.ts";
import { deployCommand } from "./commands/deploy.ts";
import { describeCommand, describeOptions } from "./commands/describe.ts";
import { initCommand } from "./commands/init.ts";
import { kvCommand } from "./commands/kv.ts";
import { packCommand } from "./commands/pack.ts";
import { runCommand } from "./commands/run.ts";
import { sizeCommand } from "./commands/size.ts";
import { splitWords } from "./deploy/words.ts";
import { colourDiagnostics } from "./diagnostics.ts";
import {
  CancelledError,
  EXIT_CANCELLED,
  EXIT_INTERNAL,
  EXIT_PROJECT,
  EXIT_USAGE,
  formatSite,
  ProjectError,
  UsageError,
} from "./errors.ts";
import { excerptOfCall } from "./excerpt.ts";
import { packageVersion } from "./package.ts";

/** The commands that take a project's keys, with their own options. */
const keyed = new Map<string, typeof buildOptions | typeof describeOptions>([
  ["build", buildOptions],
  ["run", buildOptions],
  ["describe", describeOptions],
]);

const args = process.argv.slice(2);
const noEnd = (): void => {
  const what = "config.ts, or a function of it that makes a file, has ended the process, or waits for what never comes";
  process.exitCode = report(new ProjectError(what));
};
process.once("exit", noEnd);
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that has gone, as in `fata size IMAGE | head`, wants no more of it.
  if (error.code !== "EPIPE")
    process.exitCode = report(new ProjectError(`cannot write to standard output: ${error.message}`));
});
run(args)
  .catch((error: unknown) => {
    process.exitCode = report(error);
  })
  .then(() => {
    process.off("exit", noEnd);
    // What goes into a pipe is on its way still. Afterwards config.ts may have left a timer, or a connection, that would hold
    // Node up.
    process.stdout.write("", () => process.stderr.write("", () => process.exit()));
  });

async function run(all: readonly string[]): Promise<void> {
  // What follows `--` is not for fata.
  const end = all[0] === "run" ? all.indexOf("--") : -1;
  const [args, passed] = end < 0 ? [all, []] : [all.slice(0, end), all.slice(end + 1)];
  const own = keyed.get(args[0] ?? "");
  const { rest: words, keys } = own ? splitKeys(args, own) : { rest: args, keys: new Map() };
  const helps = args[0] === "build" && args.some((word) => word === "--help" || word === "-h");
  const project = helps ? await projectOptions(words.slice(1)) : undefined;
  const deploy = splitWords(args[0] === "deploy" ? words : []);
  await yargs(args[0] === "deploy" ? deploy.rest : words)
    .scriptName("fata")
    .usage("$0 COMMAND\n\nBuilds WebAssembly unikernels from TypeScript. Run an image with: tender IMAGE.wasm")
    .command(initCommand)
    .command(buildCommand(keys, project))
    .command(runCommand(keys, passed))
    .command(describeCommand(keys))
    .command(sizeCommand)
    .command(packCommand)
    .command(kvCommand)
    .command(cleanCommand)
    .command(deployCommand(deploy))
    .example("fata init my-app", "makes a project; `fata init --help` tells more")
    .example("fata build examples/hello", "builds a project; `fata build --help` tells more")
    .demandCommand(1, "expected a command, such as fata build; see fata --help")
    .recommendCommands()
    .strict()
    .help()
    .alias("help", "h")
    .version(packageVersion)
    .locale("en")
    .wrap(Math.min(process.stdout.columns ?? 100, 100))
    .exitProcess(false)
    .fail((message, error) => {
      // yargs itself throws a YError where an option's own value is missing.
      throw error && error.name !== "YError" ? error : new UsageError(usageMessage(error?.message ?? message, args));
    })
    .parseAsync();
}

/** yargs' messages, in the words of the others. */
function usageMessage(message: string, [command]: readonly string[]): string {
  const parent = command === "deploy" ? "fata deploy" : "fata";
  const whole = command === "deploy" ? "fata deploy systemd" : `fata ${command}`;
  const [, unknown] = /^Unknown arguments?: ([^,]*)/.exec(message) ?? [];
  if (unknown !== undefined && unknown === command) return `there is no command ${command}; see fata --help`;
  return message
    .replace(/^Not enough non-option arguments.*/, (text) =>
      command === "kv"
        ? "expected a command and a disk, such as fata kv inspect DISK; see fata kv --help"
        : command === "pack"
          ? "expected a format and a folder: fata pack tar DIR -o FILE; see fata pack --help"
          : text,
    )
    .replace(/^Missing required argument: output$/, "expected where it goes: -o FILE")
    .replace(
      /^Not enough non-option arguments.*/,
      `expected an image: ${whole} IMAGE; see ${command === "deploy" ? parent : whole} --help`,
    )
    .replace(/^Invalid values:\n\s*Argument: (\w+), Given: "(.*)", Choices: (.*)$/s, "--$1=$2: expected one of $3")
    .replace(/^Did you mean (\w+)\?$/, `there is no such command; did you mean ${parent} $1?`)
    .replace(/^Not enough arguments following: ([\w-]{2,})$/, "--$1 needs a value; see fata --help")
    .replace(/^Not enough arguments following: (\w)$/, "-$1 needs a value; see fata --help")
    .replace(/^Arguments (\w+) and (\w+) are mutually exclusive$/, "--$1 and --$2 exclude each other")
    .replace(/^Unknown (argument|command)s?: (.*)$/, "unknown $1 $2; see fata --help");
}

/** Prints an error for people. @returns the exit status */
function report(error: unknown): number {
  if (error instanceof CancelledError) return EXIT_CANCELLED;
  if (error instanceof UsageError) {
    print(`fata: ${error.message}`);
    return EXIT_USAGE;
  }
  if (error instanceof ProjectError) {
    const { message, site } = error;
    // A syntax error's message has the line already.
    const line = site && !message.includes("\n") ? excerptOfCall(site) : undefined;
    print(`fata: ${site ? `${formatSite(site)}: ` : ""}${message}${line === undefined ? "" : `\n${line}`}`);
    return EXIT_PROJECT;
  }
  print(`fata: ${error instanceof Error ? error.stack : String(error)}`);
  print("This is a fault in fata, not in your project. Please report it with the text above; see CONTRIBUTING.md.");
  return EXIT_INTERNAL;
}

function print(text: string): void {
  const colours = process.stderr.isTTY && !process.env["NO_COLOR"];
  process.stderr.write(`${colours ? colourDiagnostics(text) : text}\n`);
}
