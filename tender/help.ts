/**
 * `--help`: loaded only when it is asked for.
 */
import type { Options as YargsOption } from "yargs";
import { type Manifest, valueForms } from "../runtime/abi/manifest.ts";
import { deviceModules } from "./devices/index.ts";
import { generalOptions, type Option } from "./options.ts";
import { printable } from "./printable.ts";

const WIDTH = 100;

/**
 * The tender's options, and an image's own arguments.
 * @param manifest of the image that was named, or undefined
 */
export async function helpText(manifest: Manifest | undefined): Promise<string> {
  // Not part of the one file that the command is (tools/bundle.ts).
  const { default: yargs } = await import("yargs");
  const y = yargs([])
    .scriptName("tender")
    .usage("tender [options] [--] IMAGE.wasm [--] [image arguments]\n\nRuns an image in a sandbox.")
    .help(false)
    .version(false)
    .wrap(WIDTH);
  const own = (option: Option, group: string, named: boolean) =>
    y.option(
      `${option.name}${named ? "[:NAME]" : ""}${option.value ? `=${option.value}` : ""}`,
      describe({ group, description: option.help }),
    );
  for (const option of deviceModules.flatMap((m) => m.options))
    own(option, "Devices (NAME may be left out where the image has one device of the kind):", true);
  for (const option of generalOptions) own(option, "Options:", false);
  const group = `Arguments of ${manifest?.name}:`;
  for (const a of manifest?.arguments ?? []) {
    const form = a.type === "flag" || a.type === "bool" || a.type === "string" ? "" : `(${valueForms[a.type]})`;
    const preset = a.default === "" ? "" : `[default: ${printable(a.default)}]`;
    const doc = a.doc.split("\n").map(printable).join("\n");
    const description = [doc, form, preset].filter((part) => part !== "").join(" ");
    y.option(a.name, describe({ group, description, ...(a.short && { alias: a.short }) }));
  }
  return y.getHelp();
}

/** Options are described here, not parsed: without a type yargs prints none. */
function describe(option: YargsOption): YargsOption {
  return option;
}
