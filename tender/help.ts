/**
 * `--help`: loaded only when it is asked for. The native tender lays it out the same way (native/print.c), which a library
 * would not.
 */
import { type Manifest, type ManifestArgument, valueForm } from "../runtime/abi/manifest.ts";
import { deviceModules } from "./devices/index.ts";
import { generalOptions, type Option } from "./options.ts";
import { printable } from "./printable.ts";

/** Columns; where texts begin at most; between a name and its text. */
const WIDTH = 100;
const INDENT_MAX = 40;
const GAP = 2;

/** What is explained, and how. */
type Entry = readonly [name: string, text: string];

/**
 * The tender's options, and an image's own arguments.
 * @param manifest of the image that was named, or undefined
 */
export function helpText(manifest: Manifest | undefined): string {
  const list = manifest?.arguments ?? [];
  // Where there are short forms, the others leave room for them.
  const margin = list.some((a) => a.short !== "") ? "      " : "  ";
  const option = (o: Option, named: string): Entry => [
    `${margin}--${o.name}${named}${o.value === undefined ? "" : `=${o.value}`.replace("=[", "[=")}`,
    o.help,
  ];
  const devices = deviceModules.flatMap((m) => m.options.map((o) => option(o, "[:NAME]")));
  const groups = [
    "tender [options] [--] IMAGE.wasm [--] [image arguments]\n\nRuns an image in a sandbox.",
    group("Devices (NAME may be left out where the image has one device of the kind):", devices),
    group(
      "Options:",
      generalOptions.map((o) => option(o, "")),
    ),
  ];
  const own = list.map((a): Entry => [a.short ? `  -${a.short}, --${a.name}` : `${margin}--${a.name}`, explain(a)]);
  if (own.length > 0) groups.push(group(`Arguments of ${manifest?.name}:`, own));
  return groups.join("\n\n");
}

function explain({ type, default: preset, doc }: ManifestArgument): string {
  const form = type === "flag" || type === "bool" || type === "string" ? "" : ` (${valueForm(type)})`;
  return `${doc}${form}${preset === "" ? "" : ` [default: ${printable(preset)}]`}`;
}

function group(title: string, entries: readonly Entry[]): string {
  const indent = Math.max(...entries.map(([name]) => name.length + GAP).filter((width) => width <= INDENT_MAX), 0);
  return [title, ...entries.map((entry) => layOut(entry, indent))].join("\n");
}

/** The name, then the text in the column from `indent` on, or below a name that is too long. */
function layOut([name, text]: Entry, indent: number): string {
  const lines = [name];
  let column = name.length;
  const next = () => {
    lines.push("");
    column = 0;
  };
  if (column + GAP > indent && text !== "") next();
  for (const word of text.split(/(\n)| /).filter((part) => part)) {
    const shown = word === "\n" ? word : printable(word);
    const width = [...shown].length;
    if (shown === "\n" || (column > indent && column + 1 + width > WIDTH)) next();
    if (shown === "\n") continue;
    const space = column > indent ? 1 : indent - column;
    lines.push(`${lines.pop()}${" ".repeat(space)}${shown}`);
    column += space + width;
  }
  return lines.join("\n");
}
