/**
 * The image's own arguments: read from what follows the image on the command line, checked against the manifest, and
 * brought into the one form that the guest sees, `--name=value`.
 */
import { isValue, type Manifest, type ManifestArgument, valueForms } from "../runtime/abi/manifest.ts";
import { status, TenderError } from "./errors.ts";

/**
 * Reads image arguments: --name=value, --name value, -l value, -lvalue; flags and bools without a value, --no-flag.
 * Throws a TenderError.
 * @param words what follows the image
 * @returns the arguments that were given, normalised
 */
export async function readArguments(manifest: Manifest, words: readonly string[]): Promise<string[]> {
  const list: string[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const found = find(manifest, word);
    if (!found) throw await unknown(manifest, word);
    const { argument, negated } = found;
    let value = found.value;
    if (negated && value !== undefined) throw usage(`${word}: a flag that is turned off takes no value`);
    if (negated) value = "false";
    else if (value === undefined && isSwitch(argument)) value = "true";
    else if (value === undefined) value = words[++at];
    if (value === undefined) throw usage(`${word} needs a value: ${valueForms[argument.type]}`);
    if (!isValue(argument, value) || value.includes("\0"))
      throw usage(`--${argument.name}: "${value}" is not a value; expected ${valueForms[argument.type]}`);
    if (seen.has(argument.name)) throw usage(`--${argument.name} is given twice`);
    seen.add(argument.name);
    list.push(`--${argument.name}=${value}`);
  }
  return list;
}

interface Found {
  readonly argument: ManifestArgument;
  /** What stands in the same word. */
  readonly value: string | undefined;
  readonly negated: boolean;
}

function isSwitch(argument: ManifestArgument): boolean {
  return argument.type === "flag" || argument.type === "bool";
}

function find(manifest: Manifest, word: string): Found | undefined {
  const long = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word);
  if (long) {
    const [, name = "", value] = long;
    const argument = manifest.arguments.find((a) => a.name === name);
    if (argument) return { argument, value, negated: false };
    const off = manifest.arguments.find((a) => isSwitch(a) && `no-${a.name}` === name);
    return off && { argument: off, value, negated: true };
  }
  const short = /^-([a-zA-Z])(.*)$/s.exec(word);
  const argument = short ? manifest.arguments.find((a) => a.short === short[1]) : undefined;
  return argument && { argument, value: short?.[2] || undefined, negated: false };
}

async function unknown(manifest: Manifest, word: string): Promise<TenderError> {
  const { didYouMean } = await import("./nearest.ts");
  const name = word.replace(/=.*/s, "");
  if (!word.startsWith("-"))
    return usage(`"${word}" is not an argument of ${manifest.name}; they are given as --name=value`);
  const { deviceModules } = await import("./devices/index.ts");
  const { generalOptions } = await import("./options.ts");
  const own = [...generalOptions, ...deviceModules.flatMap((m) => m.options)].some((o) => `--${o.name}` === name);
  if (own) return usage(`${name} is an option of the tender, which stands before the image`);
  const names = manifest.arguments.map((a) => `--${a.name}`);
  const list = names.length > 0 ? `; it has ${names.join(", ")}` : "; it has none";
  return usage(`${manifest.name} has no argument ${name}${didYouMean(name, names) || list}`);
}

function usage(message: string): TenderError {
  return new TenderError(status.usage, message);
}
