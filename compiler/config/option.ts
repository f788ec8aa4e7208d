import { isName } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { Device, describe } from "./device.ts";
import { reservedKeys } from "./key.ts";
import { callSite } from "./site.ts";

/** What is chosen when the image is built, by `fata build --NAME=VALUE`. */
export class Option<V extends string = string> {
  readonly name: string;
  readonly values: readonly V[];
  readonly default: V;
  readonly doc: string;
  readonly site: Site | undefined;

  /** @internal */
  constructor(parts: { name: string; values: readonly V[]; default: V; doc: string; site: Site | undefined }) {
    this.name = parts.name;
    this.values = parts.values;
    this.default = parts.default;
    this.doc = parts.doc;
    this.site = parts.site;
  }
}

/**
 * Declares an option, for `match`.
 * @param name lower-case letters, digits, hyphens and underscores
 * @param values that it can have, of lower-case letters, digits and hyphens; the first one is the default
 * @param doc one sentence for `fata build DIR --help`
 */
export function option<const V extends string>(name: string, values: readonly [V, ...V[]], doc: string): Option<V> {
  const site = callSite();
  const bad = (why: string) => new ProjectError(`option ${JSON.stringify(name)}: ${why}`, site);
  // No image has it, so that it may have an underscore, as --kv_ro does.
  if (typeof name !== "string" || !isName(name.replaceAll("_", "-")))
    throw bad("expected a name of lower-case letters, digits, hyphens and underscores, a letter first");
  if (reservedKeys.includes(name)) throw bad(`--${name} is taken by fata itself; choose another name`);
  if (!Array.isArray(values) || values.length === 0 || !values.every((value) => typeof value === "string"))
    throw bad("expected a list of its values");
  const wrong = values.find((value, index) => !isName(value) || values.indexOf(value) !== index);
  if (wrong !== undefined)
    throw bad(`expected different values of lower-case letters, digits and hyphens, found ${JSON.stringify(wrong)}`);
  if (typeof doc !== "string" || doc === "") throw bad("expected a sentence that documents it as third argument");
  return new Option({ name, values, default: values[0], doc, site });
}

type IsUnion<K, All = K> = K extends unknown ? ([All] extends [K] ? false : true) : never;
type OneKind<K> = true extends IsUnion<K> ? { readonly "all devices of a match are of one kind": never } : unknown;

/**
 * One device of several of the same kind, after the value of an option. What is not chosen is not in the image, neither are
 * its keys.
 * @param devices one for each value of the option
 */
export function match<V extends string, K extends string>(
  option: Option<V>,
  devices: { readonly [P in V]: Device<K> } & OneKind<K>,
): Device<K> {
  const site = callSite();
  if (!(option instanceof Option))
    throw new ProjectError(`match: expected an option first, found ${describe(option)}`, site);
  const bad = (why: string) => new ProjectError(`match on --${option.name}: ${why}`, site);
  if (typeof devices !== "object" || devices === null) throw bad(`expected a device for each of its values`);
  const given: Readonly<Record<string, unknown>> = { ...devices };
  const extra = Object.keys(given).find((value) => !option.values.some((known) => known === value));
  if (extra !== undefined) throw bad(`it has no value "${extra}"; its values are ${option.values.join(", ")}`);
  const [first] = option.values.map((value) => given[value]);
  for (const value of option.values) {
    const device = given[value];
    if (!(device instanceof Device)) throw bad(`expected a device for "${value}", found ${describe(device)}`);
    if (first instanceof Device && device.kind !== first.kind)
      throw bad(`"${option.values[0]}" is ${describe(first)}, but "${value}" is ${describe(device)}`);
  }
  return new Device((first as Device<K>).kind, { option, devices: given as Record<string, Device> }, site);
}
