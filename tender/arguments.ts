/**
 * The image's own arguments: read from what follows the image on the command line, checked against the manifest, and
 * brought into the one form that the guest sees, `--name=value`.
 */
import { parseArguments, unknownArgument } from "../runtime/abi/command.ts";
import type { Manifest } from "../runtime/abi/manifest.ts";
import { status, TenderError } from "./errors.ts";

/**
 * Reads image arguments: --name=value, --name value, -l value, -lvalue; flags and bools without a value, --no-flag.
 * Throws a TenderError.
 * @param words what follows the image
 * @returns the arguments that were given, normalised
 */
export async function readArguments(manifest: Manifest, words: readonly string[]): Promise<string[]> {
  const read = parseArguments(manifest, words);
  if ("list" in read) return read.list;
  throw new TenderError(status.usage, "unknown" in read ? await unknown(manifest, read.unknown) : read.wrong);
}

async function unknown(manifest: Manifest, word: string): Promise<string> {
  const { didYouMean } = await import("./nearest.ts");
  const { deviceModules } = await import("./devices/index.ts");
  const { generalOptions } = await import("./options.ts");
  const name = word.replace(/=.*/s, "");
  const own = [...generalOptions, ...deviceModules.flatMap((m) => m.options)].some((o) => `--${o.name}` === name);
  if (own) return `${name} is an option of the tender, which stands before the image`;
  const names = manifest.arguments.map((a) => `--${a.name}`);
  return unknownArgument(manifest, word, didYouMean(name, names));
}
