/**
 * The tender's own command line, read the light way: a parser library would cost more time than the guest's start.
 * help.ts describes the same options, from the same table.
 */
import { DEFAULT_MEMORY, deviceOptionName, type Isolation, isolations, parseMemory } from "../runtime/abi/command.ts";
import { deviceModules, type Given } from "./devices/index.ts";
import { status, TenderError } from "./errors.ts";

export interface Option {
  readonly name: string;
  /** How the value is written in the help; without it the option takes none. In brackets: may be left out. */
  readonly value?: string;
  readonly help: string;
}

/** Options besides those of the devices. */
export const generalOptions = [
  { name: "mem", value: "SIZE", help: "Most memory of the guest: 512K, 64M, 1G; a bare number is MiB (default: 64M)." },
  {
    name: "isolation",
    value: "HOW",
    help: "auto, v8, seccomp or kvm (default: auto). This tender has v8, and hands over to the native one for the others.",
  },
  { name: "no-sandbox", help: "Do not lock the process down. For debugging only." },
  { name: "quiet", help: "No warnings." },
  {
    name: "stats",
    value: "[json]",
    help: "At the end, print what the devices and the loop have done; SIGUSR1 prints it at any time.",
  },
  {
    name: "busy-poll",
    value: "USEC",
    help: "Microseconds to go on looking for frames before sleeping: latency for CPU time (default: 0).",
  },
  {
    name: "io",
    value: "HOW",
    help: "auto, uring or rw (default: auto): devices are read and written on an io_uring, or call by call.",
  },
  { name: "explain", help: "Print how the image would be isolated and what it would be given, and do not run it." },
  { name: "describe", help: "Print what the image is, needs and takes, and do not run it." },
  { name: "help", help: "Print this, and the image's own arguments when an image is given." },
  { name: "version", help: "Print the version." },
] as const satisfies readonly Option[];

type OptionName = (typeof generalOptions)[number]["name"];

/** Most microseconds of --busy-poll. */
const BUSY_POLL_MAX = 1_000_000;

export interface Options {
  /** Pages of 64 KiB. */
  readonly memory: number;
  /** How the guest is held: auto is the native tender's choice where the image has native code, else v8. */
  readonly isolation: Isolation;
  /** How devices are read and written: auto is on an io_uring where it can be had. */
  readonly io: "auto" | "uring" | "rw";
  readonly sandbox: boolean;
  readonly quiet: boolean;
  /** How statistics are printed at the end; undefined: not at all. */
  readonly stats: "lines" | "json" | undefined;
  /** Microseconds. */
  readonly busyPoll: number;
  /** What to print instead of running the image. */
  readonly print: "explain" | "describe" | "help" | "version" | undefined;
  readonly devices: readonly Given[];
  readonly image: string | undefined;
  /** What follows the image. */
  readonly rest: readonly string[];
}

/**
 * Reads the command line. Throws a TenderError.
 * @param words without node and the script
 */
export async function readOptions(words: readonly string[]): Promise<Options> {
  const general = new Map<OptionName, string>();
  const devices: Given[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--" || !word.startsWith("-") || word === "-") break;
    const [, name, device, given] = /^--([a-z][a-z-]*)(?::([^=]*))?(?:=(.*))?$/s.exec(word) ?? [];
    const option = name === undefined ? undefined : findOption(name, device);
    if (!option) throw await unknown(word);
    if (!option.takesValue && given !== undefined) throw usage(`--${name} takes no value`);
    const value = given ?? (option.takesValue === true ? words[++at] : "");
    if (value === undefined || (value === "" && (option.takesValue === true || given !== undefined)))
      throw usage(`${word} needs a value`);
    if ("module" in option) devices.push({ module: option.module, option: option.index, device, value });
    else if (general.has(option.name)) throw usage(`--${name} is given twice`);
    else general.set(option.name, value);
  }
  if (words[at] === "--") at++;
  const image = words[at];
  const rest = words.slice(at + 1);
  if (rest[0] === "--") rest.shift();
  const wanted = general.get("isolation") ?? "auto";
  const isolation = isolations.find((name) => name === wanted);
  if (!isolation) throw usage(`--isolation=${wanted}: expected auto, v8, seccomp or kvm`);
  const io = general.get("io") ?? "auto";
  if (io !== "auto" && io !== "uring" && io !== "rw") throw usage(`--io=${io}: expected auto, uring or rw`);
  const stats = general.get("stats");
  if (stats !== undefined && stats !== "" && stats !== "json")
    throw usage(`--stats=${stats}: expected json, or --stats alone`);
  const busyPoll = general.get("busy-poll") ?? "0";
  if (!/^[0-9]{1,7}$/.test(busyPoll) || Number(busyPoll) > BUSY_POLL_MAX)
    throw usage(`--busy-poll=${busyPoll}: expected microseconds, up to ${BUSY_POLL_MAX}`);
  const memory = parseMemory(general.get("mem") ?? DEFAULT_MEMORY);
  if (typeof memory === "string") throw usage(memory);
  return {
    memory,
    isolation,
    io,
    sandbox: !general.has("no-sandbox"),
    quiet: general.has("quiet"),
    stats: stats === "" ? "lines" : stats,
    busyPoll: Number(busyPoll),
    print: (["help", "version", "describe", "explain"] as const).find((name) => general.has(name)),
    devices,
    image,
    rest,
  };
}

type Found =
  | { readonly name: OptionName; readonly takesValue: boolean | "optional" }
  | { readonly module: Given["module"]; readonly index: number; readonly takesValue: true };

function findOption(name: string, device: string | undefined): Found | undefined {
  const general = generalOptions.find((o) => o.name === name);
  if (general && device !== undefined) throw usage(`--${name} is not an option of a device; leave out :${device}`);
  if (general) return { name: general.name, takesValue: takesValue(general) };
  for (const module of deviceModules) {
    const index = module.options.findIndex((o) => o.name === deviceOptionName(name));
    if (index >= 0) return { module, index, takesValue: true };
  }
  return undefined;
}

function takesValue(option: Option): boolean | "optional" {
  return option.value?.startsWith("[") ? "optional" : option.value !== undefined;
}

async function unknown(word: string): Promise<TenderError> {
  const { didYouMean } = await import("./nearest.ts");
  const names = [...generalOptions, ...deviceModules.flatMap((m) => m.options)].map((o) => `--${o.name}`);
  const written = word.replace(/[:=].*/s, "");
  return usage(
    `there is no option ${written}${didYouMean(written, names) || "; see tender --help (an image's own arguments stand after it)"}`,
  );
}

function usage(message: string): TenderError {
  return new TenderError(status.usage, message);
}
