/**
 * The companions: guests in WebAssembly text that give hypercalls and rings arguments which the runtime never would.
 *
 * A companion is a file wat/NAME.wat of module fields. Its first comments say what it needs:
 *
 *     ;; device: NAME KIND [ro]  declares a device, which may be attached read-only
 *     ;; cases: N                it is run N times, with the image argument --case=0 to N-1
 *     ;; arguments: WORDS        image arguments of its own (--greeting and --flag are declared)
 *     ;; network: echo | tap     its network device gives back what it is sent, or is a tap; else its peer is silent
 *     ;; when: [CASE] LINE | COMMAND
 *                                once the guest has printed the line, a shell runs the command, in which $pid is the
 *                                tender and $tap the tap
 *
 * The fields may use what the prelude (prelude.wat) defines, `$NAME$` for constants of the ABI, and `(text "...")` for
 * the address and length of a text.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ManifestDevice, parseManifest } from "../../runtime/abi/manifest.ts";
import { root } from "../support/repository.ts";
import { isNative, withNative } from "../tender/engine.ts";
import { image, plainManifest } from "../tender/wat.ts";

const folder = join(root, "test/conformance/wat");

/** Where texts lie in the guest's memory: companions use what is below. */
const TEXTS = 0xc000;

export interface Companion {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly devices: readonly ManifestDevice[];
  /** Names of those that are attached read-only. */
  readonly readOnly: readonly string[];
  readonly cases: number;
  readonly arguments: readonly string[];
  readonly network: Network;
  readonly actions: readonly Action[];
}

/** What is at the other end of network devices. */
export type Network = "silent" | "echo" | "tap";

/** What happens during a run. */
export interface Action {
  readonly case: number;
  /** What the guest prints before. */
  readonly line: string;
  /** For a shell. */
  readonly command: string;
}

/** The names of all companions. */
export function companionNames(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".wat") && name !== "prelude.wat")
    .map((name) => name.slice(0, -4))
    .sort();
}

/** Reads and assembles a companion. */
export function readCompanion(name: string): Companion {
  const source = readFileSync(join(folder, `${name}.wat`), "utf8");
  const directives = [...source.matchAll(/^;; (device|cases|arguments|network|when): (.*)$/gm)];
  const values = (key: string) => directives.filter((d) => d[1] === key).map((d) => d[2] ?? "");
  const devices = values("device").map((line) => {
    const [device = "", kind] = line.split(" ");
    return { name: device, kind: kind === "block" ? "block" : "network" } as const;
  });
  const readOnly = values("device").flatMap((line) => /^(\S+) block ro$/.exec(line)?.[1] ?? []);
  const network = values("network")[0] ?? "silent";
  if (network !== "silent" && network !== "echo" && network !== "tap") throw new Error(`${name}: network: ${network}`);
  const manifest = {
    ...plainManifest,
    name,
    devices,
    arguments: [
      { name: "case", short: "c", type: "i32", default: "0", doc: "Which case to run." },
      { name: "greeting", short: "", type: "string", default: "", doc: "A text." },
      { name: "flag", short: "", type: "flag", default: "false", doc: "A flag." },
    ],
  } as const;
  if (typeof parseManifest(JSON.stringify(manifest)) === "string") throw new Error(`${name} has a wrong manifest`);
  const bytes = image(placeTexts(readFileSync(join(folder, "prelude.wat"), "utf8"), source), manifest);
  return {
    name,
    bytes: isNative ? withNative(bytes) : bytes,
    devices,
    readOnly,
    cases: Number(values("cases")[0] ?? 1),
    arguments: (values("arguments")[0] ?? "").split(" ").filter((word) => word !== ""),
    network,
    actions: values("when").map((text) => {
      const [, number = "0", line = "", command = ""] = /^(?:(\d+) )?(.*?) \| (.*)$/.exec(text) ?? [];
      return { case: Number(number), line, command };
    }),
  };
}

/** Joins prelude and companion into a module, whose texts become data. */
function placeTexts(prelude: string, source: string): string {
  const data: string[] = [];
  let at = TEXTS;
  const fields = `${prelude}\n${source}`.replace(/\(text ("[^"]*")\)/g, (_, text: string) => {
    const length = Buffer.byteLength(JSON.parse(text));
    data.push(`(data (i32.const ${at}) ${text})`);
    at += length;
    return `(i32.const ${at - length}) (i32.const ${length})`;
  });
  return `(module ${fields}\n${data.join("\n")})`;
}
