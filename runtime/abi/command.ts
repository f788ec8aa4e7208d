/**
 * What of a tender's command line follows from the manifest alone: which device an option is about, the image's own
 * arguments, and the memory limit. The tender reads its command line with it, and `fata deploy` those that it writes.
 */
import {
  type DeviceKind,
  isValue,
  type Manifest,
  type ManifestArgument,
  type ManifestDevice,
  valueForm,
} from "./manifest.ts";

/** Values of --isolation: how the guest is held. */
export const isolations = ["auto", "v8", "seccomp", "kvm"] as const;
export type Isolation = (typeof isolations)[number];

/** The name of a device's option, which may be written in another way: --block is --disk. */
export function deviceOptionName(written: string): string {
  return written === "block" ? "disk" : written;
}

/** Pages of 64 KiB that 32 bits can address. */
export const PAGES_MAX = 65536;

/** Without --mem. */
export const DEFAULT_MEMORY = "64M";

const UNITS: Readonly<Record<string, number>> = { K: 1 / 64, M: 16, G: 16384 };

/**
 * Pages of 64 KiB that the value of --mem stands for.
 * @param text digits and K, M or G; a bare number is MiB
 * @returns their number, or a sentence that says what is wrong
 */
export function parseMemory(text: string): number | string {
  const parts = /^([0-9]{1,12})([KMG]?)$/i.exec(text);
  if (!parts) return `--mem=${text}: expected a size such as 64M, 512K or 1G`;
  const pages = Math.floor(Number(parts[1]) * (UNITS[parts[2]?.toUpperCase() || "M"] ?? 0));
  if (pages < 1) return `--mem=${text} is too small: the least is 64K`;
  return pages > PAGES_MAX ? `--mem=${text} is too large: the most is 4G` : pages;
}

/** A number of pages as --mem takes it. */
export function formatMemory(pages: number): string {
  return pages % 16 === 0 ? `${pages / 16}M` : `${pages * 64}K`;
}

/** Why an image cannot run with so many pages, or undefined when it can. */
export function memoryTooSmall(manifest: Manifest, pages: number): string | undefined {
  const { initial } = manifest.memory;
  if (pages >= initial) return undefined;
  return `--mem=${formatMemory(pages)} is too small: ${manifest.name} needs at least --mem=${formatMemory(initial)}`;
}

/**
 * The device that an option is about.
 * @param kind of the devices that the option is for
 * @param name of the device, or undefined where the option was given without one
 * @param spelled the option as it was given, without its value: for the message
 * @returns the device, or a sentence that says why there is none
 */
export function findDevice(
  manifest: Manifest,
  kind: DeviceKind,
  name: string | undefined,
  spelled: string,
): ManifestDevice | string {
  const ofKind = manifest.devices.filter((d) => d.kind === kind);
  const [only, second] = ofKind;
  if (name !== undefined)
    return (
      ofKind.find((d) => d.name === name) ?? declared(manifest, `${spelled}: there is no ${kind} device "${name}"`)
    );
  if (only && !second) return only;
  return declared(manifest, `${spelled}: ${only ? `which of the ${kind} devices?` : `there is no ${kind} device`}`);
}

/**
 * What to say when nothing is attached to a device.
 * @param example a value of the option that attaches it
 */
export function notAttached(manifest: Manifest, device: ManifestDevice, option: string, example: string): string {
  const add = `add --${option}:${device.name}=${example}`;
  return declared(manifest, `the ${device.kind} device "${device.name}" is not attached; ${add}`);
}

/** A message about devices, and which there are. */
function declared(manifest: Manifest, message: string): string {
  const list = manifest.devices.map((d) => `${d.name} (${d.kind})`).join(", ");
  return `${message}; ${manifest.name} declares ${list || "no devices"}`;
}

export interface DiskValue {
  readonly path: string;
  readonly readOnly: boolean;
  /** Past the host's memory. */
  readonly direct: boolean;
}

/** The value of --disk: a file, and after it `,ro` and `,direct`, in any order. */
export function parseDisk(value: string): DiskValue {
  const [, path = "", words = ""] = /^(.*?)((?:,ro)?(?:,direct)?|,direct,ro)$/s.exec(value) ?? [];
  return { path, readOnly: words.includes(",ro"), direct: words.includes(",direct") };
}

/** The 6 bytes of a device's Ethernet address, or a sentence that says why it can have no such. */
export function parseMac(text: string): Uint8Array | string {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text))
    return `"${text}" is not an Ethernet address; expected such as 02:00:00:00:00:01`;
  const bytes = Uint8Array.from(text.split(":"), (b) => Number.parseInt(b, 16));
  if (((bytes[0] ?? 1) & 1) === 1) return `${text} is a group's Ethernet address; a device's has an even first byte`;
  return bytes.every((b) => b === 0) ? `${text} is no device's Ethernet address` : bytes;
}

/** What was read: the arguments, or a sentence that says what is wrong, or a word that is no argument of the image. */
export type ReadArguments =
  | { readonly list: string[] }
  | { readonly wrong: string }
  | { readonly unknown: string; readonly wrong: string };

/**
 * Reads image arguments: --name=value, --name value, -l value, -lvalue; flags and bools without a value, --no-flag.
 * @param words what follows the image
 * @returns what was given, each argument as `--name=value`
 */
export function parseArguments(manifest: Manifest, words: readonly string[]): ReadArguments {
  const list: string[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const found = find(manifest, word);
    if (!found) return { unknown: word, wrong: unknownArgument(manifest, word, "") };
    const { argument, negated } = found;
    let value = found.value;
    if (negated && value !== undefined) return { wrong: `${word}: a flag that is turned off takes no value` };
    if (negated) value = "false";
    else if (value === undefined && isSwitch(argument)) value = "true";
    else if (value === undefined) value = words[++at];
    if (value === undefined) return { wrong: `${word} needs a value: ${valueForm(argument.type)}` };
    if (!isValue(argument, value)) return { wrong: notAValue(argument, value) };
    if (seen.has(argument.name)) return { wrong: `--${argument.name} is given twice` };
    seen.add(argument.name);
    list.push(`--${argument.name}=${value}`);
  }
  return { list };
}

/** What to say of a text that is no value of an argument. */
export function notAValue({ name, type }: Pick<ManifestArgument, "name" | "type">, text: string): string {
  return `--${name}: "${text}" is not a value; expected ${valueForm(type)}`;
}

/**
 * What to say of a word that is no argument of the image.
 * @param suggestion what may have been meant; empty for a list of those that there are
 */
export function unknownArgument(manifest: Manifest, word: string, suggestion: string): string {
  if (!word.startsWith("-")) return `"${word}" is not an argument of ${manifest.name}; they are given as --name=value`;
  const names = manifest.arguments.map((a) => `--${a.name}`).join(", ");
  const name = word.replace(/=.*/s, "");
  return `${manifest.name} has no argument ${name}${suggestion || (names ? `; it has ${names}` : "; it has none")}`;
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
