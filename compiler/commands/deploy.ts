import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Argv, CommandModule, InferredOptionTypes, Options } from "yargs";
import { DEFAULT_MEMORY, isolations } from "../../runtime/abi/command.ts";
import { type Deployment, plan, restarts } from "../deploy/deployment.ts";
import { type PlannedFile, writeFiles } from "../deploy/files.ts";
import { readImage } from "../deploy/image.ts";
import { commandsElsewhere, deploymentFiles, forThisMachine, reload } from "../deploy/install.ts";
import { LIBRARY } from "../deploy/tender.ts";
import { deviceOptions, type Words } from "../deploy/words.ts";
import { UsageError } from "../errors.ts";
import { shown } from "../output.ts";

const systemdOptions = {
  bridge: { type: "string", requiresArg: true, describe: "Attach the taps to this bridge, which is made" },
  "bridge-address": { type: "string", requiresArg: true, describe: "This host's address on the bridge: 10.0.0.1/24" },
  mem: { type: "string", requiresArg: true, default: DEFAULT_MEMORY, describe: "Most memory of the guest" },
  isolation: { choices: isolations, default: "auto", describe: "How the guest is held: see docs/isolation.md" },
  restart: { choices: restarts, default: "always", describe: "Whether to start it again when it has ended" },
  name: { type: "string", requiresArg: true, describe: "The service's name [the image's]" },
  user: { type: "string", requiresArg: true, describe: "The user that it runs as, who is made [fata-NAME]" },
  tender: { type: "string", requiresArg: true, describe: "The tender's path on the machine [see below]" },
  output: {
    alias: "o",
    type: "string",
    requiresArg: true,
    conflicts: "install",
    describe: "The folder to write to [NAME.systemd]",
  },
  install: { type: "boolean", describe: "Install it on this machine, and have systemd read it" },
  force: { type: "boolean", describe: "Overwrite files that have another content" },
} as const satisfies Record<string, Options>;

interface SystemdArguments extends InferredOptionTypes<typeof systemdOptions> {
  image: string;
}

const EPILOGUE = [
  "Without --install, the folder holds the files as they are to lie on the machine, below /, and what to type there is",
  `printed. The tender is the native one, ${LIBRARY}/tender, where the image has native code and --isolation is not v8;`,
  "else it is Node's, at the place where it lies here.",
].join(" ");

/** `fata deploy`. @param words what splitWords took out of the command line */
export function deployCommand(words: Words): CommandModule {
  return {
    command: "deploy",
    describe: "Write what runs an image as a service",
    builder: (yargs: Argv) =>
      yargs
        .command(systemdCommand(words))
        .demandCommand(1, "expected what to deploy to: fata deploy systemd IMAGE; see fata deploy --help"),
    handler: () => undefined,
  };
}

function systemdCommand(words: Words): CommandModule<object, SystemdArguments> {
  return {
    command: "systemd <image>",
    describe: "Write a service, its user, its taps and bridge, for systemd and systemd-networkd",
    builder: (yargs: Argv) => {
      const builder = yargs.positional("image", { type: "string", demandOption: true, describe: "The image's file" });
      // Only for the help: splitWords reads them.
      for (const { name, value, help } of deviceOptions)
        builder.option(`${name}[:DEVICE]`, { describe: `${help}: ${value}`, requiresArg: true });
      return builder
        .options(systemdOptions)
        .usage("fata deploy systemd <image> [options] [-- image arguments]\n\nWrite what runs IMAGE as a service")
        .epilogue(EPILOGUE)
        .example(
          "fata deploy systemd udp.wasm --net=tap100 --bridge=br100 --bridge-address=10.0.0.1/24 -- --ipv4=10.0.0.2/24",
          "writes udp.systemd",
        );
    },
    handler: (argv) => deploySystemd(argv, words),
  };
}

function deploySystemd(argv: SystemdArguments, words: Words): void {
  for (const [name, value] of Object.entries(argv))
    if (Array.isArray(value) && name in systemdOptions) throw new UsageError(`--${name} is given twice`);
  const deployment = plan({
    image: readImage(argv.image),
    devices: words.devices,
    words: words.image,
    name: argv.name,
    user: argv.user,
    bridge: argv.bridge,
    bridgeAddress: argv["bridge-address"],
    mem: argv.mem,
    isolation: argv.isolation as Deployment["isolation"],
    restart: argv.restart as Deployment["restart"],
    tender: argv.tender,
  });
  const map = `${argv.image}.map`;
  const files = deploymentFiles(deployment, existsSync(map) ? readFileSync(map) : undefined);
  if (argv.install) install(deployment, files, argv.force ?? false);
  else write(deployment, files, argv.output ?? `${deployment.name}.systemd`, argv.force ?? false);
}

function install(deployment: Deployment, planned: readonly PlannedFile[], force: boolean): void {
  const files = forThisMachine(deployment, planned);
  writeFiles(files, "/", force);
  for (const { path } of files) say(`wrote ${path}`);
  const left = reload(deployment);
  say("", "Now type, as root:", ...left.map((line) => `  ${line}`));
}

function write(deployment: Deployment, files: readonly PlannedFile[], folder: string, force: boolean): void {
  if (folder === "") throw new UsageError("-o needs a value: a folder");
  writeFiles(files, resolve(folder), force);
  say(`wrote ${shown(resolve(folder))}:`, ...files.map(({ path }) => `  ${path.slice(1)}`));
  const commands = commandsElsewhere(deployment, shown(resolve(folder)));
  say("", "On the machine that is to run it, type as root:", ...commands.map((line) => `  ${line}`));
}

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}
