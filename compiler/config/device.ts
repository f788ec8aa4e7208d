import { argumentTypes, type DeviceKind, isName } from "../../runtime/abi/manifest.ts";
import { formatSite, ProjectError, type Site } from "../errors.ts";
import type { Contents } from "./contents.ts";
import type { MadeFile } from "./file.ts";
import { Key } from "./key.ts";
import type { Option } from "./option.ts";
import { callSite } from "./site.ts";

/** Kinds of device that the library has. A job is what `register` takes; nothing needs one. */
export const kindNames = ["network", "block", "stack", "resolver", "kv_ro", "kv_rw", "zones"] as const;
export type KindName = (typeof kindNames)[number];

/** A kind of device that the library does not know: what `kind` returns. */
export class Kind<K extends string = string> {
  readonly name: K;

  /** @internal */
  constructor(name: K) {
    this.name = name;
  }
}

/**
 * Declares a kind of device: what its devices have in common is a class or an interface of the image's code.
 * @param name lower-case letters, digits and hyphens
 */
export function kind<const K extends string>(name: K): Kind<K> {
  const taken: readonly string[] = [...kindNames, ...argumentTypes, "job"];
  if (typeof name !== "string" || !isName(name)) throw new ProjectError(nameMessage("a kind", name), callSite());
  if (taken.includes(name))
    throw new ProjectError(`the kind "${name}" is taken by fata itself; choose another name`, callSite());
  return new Kind(name);
}

/** What the constructor of a device's class is given in main.ts: a device, the value of a key, a text, a number, or where a
 * folder lies that is compiled into the image. */
export type Argument = Device | Key | string | number | Contents;

/** A module of the image's code. */
export interface Module {
  /** Absolute, or from the project's folder; with `.ts`. */
  readonly file: string;
  /** As config.ts wrote it. */
  readonly written: string;
}

/** How a device is made in main.ts. */
export interface Recipe {
  /** Its variable's name in main.ts; of an attached device also the name that the tender knows it by. */
  readonly name: string;
  readonly className: string;
  /** Where the class is; by custom in the library, "fata". */
  readonly module?: Module;
  /** What its constructor is given, in order. */
  readonly parameters: readonly { readonly name: string; readonly value: Argument }[];
  /** Set when the tender attaches it (`--net:NAME=`, `--disk:NAME=`). */
  readonly attached?: DeviceKind;
  /** Whether it leaves checksums and segments to the host. */
  readonly offload?: boolean;
  /** Files that the build makes for it. */
  readonly files?: readonly MadeFile[];
  /** What `fata run` attaches, and makes where the build does not. */
  readonly disk?: MadeFile;
}

/** One device of several, chosen when the image is built. */
export interface Match {
  readonly option: Option;
  readonly devices: Readonly<Record<string, Device>>;
}

/**
 * A device of one kind. It is a plain value: pass the same constant twice and both users share one device.
 */
export class Device<K extends string = string> {
  readonly kind: K;
  /** @internal */
  readonly source: Recipe | Match;
  /** Where it was declared. */
  readonly site: Site | undefined;

  /** @internal */
  constructor(kind: K, source: Recipe | Match, site: Site | undefined) {
    this.kind = kind;
    this.source = source;
    this.site = site;
  }
}

/** A unikernel that was applied to its devices: something to run. */
export type Job = Device<"job">;

/** What a value is, for messages: `a network`, `a stack`, `a string`, `undefined`. */
export function describe(value: unknown): string {
  if (value instanceof Device) return `${article(value.kind)} ${value.kind}`;
  if (value instanceof Key) return `a key of type ${value.type}`;
  if (value === null || value === undefined) return String(value);
  const type = Array.isArray(value) ? "array" : typeof value;
  return `${article(type)} ${type}`;
}

/** `a` or `an`. */
function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? "an" : "a";
}

/** Throws unless `value` is a device of the kind: TypeScript says so in the editor, `any` and plain JavaScript do not. */
export function expectKind(user: string, need: string, kind: string, value: unknown, site: Site | undefined): void {
  if (value instanceof Device && value.kind === kind) return;
  refuseGiven(`${user} needs ${article(kind)} ${kind} as ${need}`, value, site);
}

/** The same for a key of a type. */
export function expectKey(user: string, need: string, type: string, value: unknown, site: Site | undefined): void {
  if (value instanceof Key && value.type === type) return;
  refuseGiven(`${user} needs a key of type ${type} as ${need}`, value, site);
}

function refuseGiven(needs: string, value: unknown, site: Site | undefined): never {
  const place = value instanceof Device || value instanceof Key ? value.site : undefined;
  const declared = place ? `, declared at ${formatSite(place)}` : "";
  throw new ProjectError(`${needs}, but is given ${describe(value)}${declared}`, site);
}

/** Says that a name is malformed. */
export function nameMessage(what: string, name: unknown): string {
  return `the name of ${what} is ${JSON.stringify(name)}; expected lower-case letters, digits and hyphens, a letter first`;
}

/** What goes before the names of a group's keys. */
export function groupPrefix(what: string, group: string | undefined, site: Site | undefined): string {
  if (!group) return "";
  if (!isName(group)) throw new ProjectError(nameMessage(`the group of ${what}`, group), site);
  return `${group}-`;
}
