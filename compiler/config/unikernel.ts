import { basename, extname } from "node:path";
import { type ArgumentType, argumentTypes } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import {
  type Argument,
  Device,
  describe,
  expectKey,
  expectKind,
  Kind,
  type KindName,
  kindNames,
  type Module,
} from "./device.ts";
import { MadeFile } from "./file.ts";
import type { Key } from "./key.ts";
import { callSite, pathFromHere } from "./site.ts";

/** What the constructor of a class takes: a device of a kind, or a key of a type. */
export type Need = KindName | Kind | ArgumentType;

/** A name and what it is, for each parameter of the constructor, in their order. */
export type Needs = Readonly<Record<string, Need>>;

/** What can be given for a need. */
export type Given<N extends Need> =
  N extends Kind<infer K> ? Device<K> : N extends KindName ? Device<N> : N extends ArgumentType ? Key<N> : never;

/** A device or a key of the right kind for each need. */
export type Devices<N extends Needs> = { readonly [P in keyof N]: Given<N[P]> };

/** Applies a module to its devices. Without needs there is nothing to give. */
export type Application<N extends Needs, K extends string> = keyof N extends never
  ? (devices?: Readonly<Record<string, never>>) => Device<K>
  : (devices: Devices<N>) => Device<K>;

export interface ForeignOptions {
  /** Files that the build makes for the device. */
  readonly files?: readonly MadeFile[];
}

/**
 * A module of the application that exports a class `Main` whose method `start` is the unikernel's body.
 * @param module path from the file that says this, without its ending: "./unikernel"; "./unikernel#Other" for another class
 * @param needs the parameters of Main's constructor in their order: `{ net: "stack", disk: "block" }`
 * @returns a function that takes the devices and gives the job for `register`
 */
export function unikernel<const N extends Needs = Readonly<Record<never, never>>>(
  module: string,
  needs?: N,
): Application<N, "job"> {
  return applying("unikernel", module, needs, "job", {}) as Application<N, "job">;
}

/**
 * A device that is made by a class of yours. By custom the class is named after the module: "./rain-gauge" exports
 * `RainGauge`, "./gauges#RainGauge" says it otherwise.
 * @param module path from the file that says this, without its ending, or a file that the build makes
 * @param needs the parameters of the class's constructor in their order
 * @param kind of the device: one of the library's, or one that `kind` returned
 * @returns a function that takes what is needed and gives the device
 */
export function foreign<const N extends Needs, K extends KindName | "job">(
  module: string | MadeFile,
  needs: N,
  kind: K,
  options?: ForeignOptions,
): Application<N, K>;
export function foreign<const N extends Needs, K extends string>(
  module: string | MadeFile,
  needs: N,
  kind: Kind<K>,
  options?: ForeignOptions,
): Application<N, K>;
export function foreign(module: unknown, needs: unknown, kind: unknown, options: ForeignOptions = {}): unknown {
  const name = kind instanceof Kind ? kind.name : kind;
  if (!(kind instanceof Kind) && name !== "job" && !kindNames.some((known) => known === name))
    throw new ProjectError(
      `foreign(${JSON.stringify(module)}): expected a kind as third argument, one of ${kindNames.join(", ")} or what kind(...) returns, found ${JSON.stringify(kind) ?? describe(kind)}`,
      callSite(),
    );
  return applying("foreign", module, needs, String(name), options);
}

function applying(user: string, module: unknown, needs: unknown, kind: string, options: ForeignOptions) {
  const site = callSite();
  const from = readModule(user, module, kind, site);
  const label = `${user} "${from.written}"`;
  const wanted = checkNeeds(label, needs ?? {}, site);
  const files = [...(options.files ?? []), ...(module instanceof MadeFile ? [module] : [])];
  for (const file of files) {
    if (!(file instanceof MadeFile)) throw new ProjectError(`${label}: expected a file, found ${describe(file)}`, site);
  }
  return (devices: Readonly<Record<string, unknown>> = {}): Device => {
    const at = callSite();
    if (typeof devices !== "object" || devices === null)
      throw new ProjectError(`${label} takes one record of devices, but is given ${describe(devices)}`, at);
    for (const name of Object.keys(devices)) {
      if (!wanted.some(([need]) => need === name))
        throw new ProjectError(`${label} is given "${name}", which it does not need; ${listNeeds(wanted)}`, at);
    }
    const parameters = wanted.map(([name, need]) => {
      const value = devices[name];
      if (isArgumentType(need)) expectKey(label, `"${name}"`, need, value, at);
      else expectKind(label, `"${name}"`, need instanceof Kind ? need.name : need, value, at);
      return { name, value: value as Argument };
    });
    return new Device(kind, { ...from.recipe, module: from, parameters, files }, at);
  };
}

interface Read extends Module {
  readonly recipe: { readonly name: string; readonly className: string };
}

function readModule(user: string, module: unknown, kind: string, site: Site | undefined): Read {
  const made = module instanceof MadeFile;
  const bad = (example: string) =>
    new ProjectError(`${user}(${JSON.stringify(module)}): expected the path of a module${example}`, site);
  const text = made ? `./${module.path}`.replace(/\.ts$/, "") : module;
  if (made && extname(module.path) !== ".ts") throw bad(" that ends in .ts");
  const parts = typeof text === "string" ? /^(\.{1,2}\/[^\\"'\n#]*[^\\"'\n/#])(?:#([A-Za-z_]\w*))?$/.exec(text) : null;
  const [, path, className] = parts ?? [];
  if (!path || /\.[jt]s$/.test(path)) throw bad(' without its ending, such as "./unikernel"');
  const base = basename(path);
  const pascal = base
    .replace(/[^A-Za-z0-9]+(.)?/g, (_gap, next: string | undefined) => next?.toUpperCase() ?? "")
    .replace(/^[a-z]/, (letter) => letter.toUpperCase());
  const name = pascal.replace(/^[A-Z]/, (letter) => letter.toLowerCase()).replace(/^\d/, "_$&") || "device";
  return {
    file: made ? module.path : `${pathFromHere(path)}.ts`,
    written: String(text),
    recipe: { name, className: className ?? (kind === "job" ? "Main" : pascal) },
  };
}

function checkNeeds(label: string, needs: unknown, site: Site | undefined): [string, Need][] {
  if (typeof needs !== "object" || needs === null || Array.isArray(needs) || needs instanceof Kind)
    throw new ProjectError(`${label}: expected its needs, such as { net: "stack" }`, site);
  const list = Object.entries(needs) as [string, Need][];
  for (const [name, need] of list) {
    // Other names would be reordered by JavaScript ("1" comes first) or could not be a parameter.
    if (!/^[A-Za-z_$][\w$]*$/.test(name))
      throw new ProjectError(`${label}: the need "${name}" is no parameter's name`, site);
    if (!(need instanceof Kind) && !kindNames.some((known) => known === need) && !isArgumentType(need))
      throw new ProjectError(
        `${label} needs a ${JSON.stringify(need)} as "${name}"; the kinds are ${kindNames.join(", ")}, what kind(...) returns, and the types of keys`,
        site,
      );
  }
  return list;
}

function isArgumentType(need: Need): need is ArgumentType {
  return argumentTypes.some((type) => type === need);
}

function listNeeds(needs: readonly [string, Need][]): string {
  if (needs.length === 0) return "it needs nothing";
  return `it needs ${needs.map(([name, need]) => `${name}: "${need instanceof Kind ? need.name : need}"`).join(", ")}`;
}
