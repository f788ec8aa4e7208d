/**
 * The tenders' command line: any words give options and arguments of the image, in the form that the guest is promised,
 * or a refusal of one line; and both tenders read the same.
 */
import { PAGES_MAX } from "../../runtime/abi/command.ts";
import { encodeManifest, isValue, type Manifest } from "../../runtime/abi/manifest.ts";
import { readArguments } from "../../tender/arguments.ts";
import { TenderError } from "../../tender/errors.ts";
import { type Options, readOptions } from "../../tender/options.ts";
import { printable } from "../../tender/printable.ts";
import { compareAnswers, openReaders } from "./native/readers.ts";
import type { Target } from "./target.ts";
import { OBEYED } from "./text.ts";

const manifest: Manifest = {
  abi: 1,
  name: "website",
  version: "0.1.0",
  devices: [{ name: "service", kind: "network" }],
  memory: { initial: 4, maximum: 1024 },
  arguments: [
    { name: "logs", short: "l", type: "log-levels", default: "info", doc: "" },
    { name: "text", short: "t", type: "string", default: "", doc: "" },
    { name: "number", short: "n", type: "i32", default: "-1", doc: "" },
    { name: "truth", short: "", type: "bool", default: "true", doc: "" },
    { name: "flag", short: "f", type: "flag", default: "false", doc: "" },
    { name: "port", short: "p", type: "port", default: "80", doc: "" },
    { name: "address", short: "", type: "ipv4", default: "", doc: "" },
    { name: "prefix", short: "", type: "ipv4-prefix", default: "10.0.0.2/24", doc: "" },
  ],
  build: "0123456789abcdef0123456789abcdef",
};

export function commandTarget(): Target {
  const native = openReaders();
  return {
    name: "command",
    async feed(input) {
      // Words end where the operating system ends them.
      const words = new TextDecoder("utf-8", { ignoreBOM: true }).decode(input).split("\0");
      const here = await readHere(words);
      // Each tender has isolations of its own.
      if (words.some((word) => word.startsWith("--isolation"))) return;
      const there = native.readWords(
        Buffer.from(`${encodeManifest(manifest)}\0${words.map((w) => `${w}\0`).join("")}`),
      );
      // What is near to a word is counted in bytes there, in units of UTF-16 here.
      compareAnswers("the command line", here, there, { lines: words.every(isAscii) });
    },
  };
}

function isAscii(word: string): boolean {
  return Buffer.byteLength(word) === word.length;
}

/** Options, then arguments, in the order of readers.c; or a refusal. */
async function readHere(words: readonly string[]): Promise<string[] | string> {
  const options = await orRefusal(readOptions(words));
  if (typeof options === "string") return options;
  checkOptions(options);
  const list = await orRefusal(readArguments(manifest, options.rest));
  if (typeof list === "string") return list;
  list.forEach(checkArgument);
  const again = await readArguments(manifest, list);
  if (again.join("\0") !== list.join("\0")) throw new Error(`reads its own ${list} as ${again}`);
  return [
    ...[`${options.memory}`, options.sandbox ? "sandbox" : "no sandbox"],
    ...[options.quiet ? "quiet" : "", options.image ?? ""],
    ...options.devices.flatMap((d) => [d.module.options[d.option]?.name ?? "", d.device ?? "any", d.value]),
    ...list,
  ];
}

/** The line of a command line that is refused as it should be. */
async function orRefusal<T>(result: Promise<T>): Promise<T | string> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof TenderError)) throw error;
    const line = printable(error.message);
    if (error.status < 64 || error.status > 71) throw new Error(`ends with status ${error.status}: ${line}`);
    if (line === "" || OBEYED.test(line)) throw new Error(`is refused with ${JSON.stringify(line)}`);
    return line;
  }
}

function checkOptions({ memory, devices }: Options): void {
  if (!Number.isInteger(memory) || memory < 1 || memory > PAGES_MAX) throw new Error(`gives ${memory} pages of memory`);
  for (const { module, option, value } of devices) {
    if (!module.options[option] || value === "") throw new Error(`gives option ${option} the value "${value}"`);
  }
}

function checkArgument(word: string, index: number, list: readonly string[]): void {
  const [, name, value] = /^--([^=]*)=(.*)$/s.exec(word) ?? [];
  const argument = manifest.arguments.find((a) => a.name === name);
  if (!argument || value === undefined || !isValue(argument, value)) throw new Error(`hands over ${word}`);
  if (list.findIndex((other) => other.startsWith(`--${name}=`)) !== index) throw new Error(`hands over ${name} twice`);
}
