import { ProjectError, type Site } from "../errors.ts";
import { type Device, describe, type Kind, kinds } from "./device.ts";
import { expectKind } from "./devices.ts";
import { callSite } from "./site.ts";

/** What a module's class Main needs: a name and a kind for each parameter of its constructor, in their order. */
export type Needs = Readonly<Record<string, Kind>>;

/** One device of the right kind for each need. */
export type Devices<N extends Needs> = { readonly [P in keyof N]: Device<N[P]> };

/** A module applied to its devices: something to run. */
export class Job {
  /** Path of the module from config.ts, without `.ts`. */
  readonly module: string;
  /** @internal What Main's constructor is given. */
  readonly devices: readonly Device[];
  readonly site: Site | undefined;

  /** @internal */
  constructor(module: string, devices: readonly Device[], site: Site | undefined) {
    this.module = module;
    this.devices = devices;
    this.site = site;
  }
}

/** Applies a module to its devices. Without needs there is nothing to give. */
export type Application<N extends Needs> = keyof N extends never
  ? (devices?: Readonly<Record<string, never>>) => Job
  : (devices: Devices<N>) => Job;

/**
 * A module of the application that exports a class `Main` whose method `start` is the unikernel's body.
 * @param module path from config.ts without its ending: "./unikernel"
 * @param needs the parameters of Main's constructor in their order: `{ net: "stack", disk: "block" }`
 * @returns a function that takes the devices and gives the job for `register`
 */
export function unikernel<const N extends Needs = Readonly<Record<never, never>>>(
  module: string,
  needs?: N,
): Application<N> {
  const site = callSite();
  if (typeof module !== "string" || !/^\.\/[^\\"'\n]*[^\\"'\n/]$/.test(module) || /\.[jt]s$/.test(module))
    throw new ProjectError(
      `unikernel(${JSON.stringify(module)}): expected the path of a module without its ending, such as "./unikernel"`,
      site,
    );
  const wanted = checkNeeds(module, needs ?? {}, site);
  const apply = (devices: Readonly<Record<string, unknown>> = {}): Job => {
    const at = callSite();
    const user = `unikernel "${module}"`;
    if (typeof devices !== "object" || devices === null)
      throw new ProjectError(`${user} takes one record of devices, but is given ${describe(devices)}`, at);
    for (const name of Object.keys(devices)) {
      if (!wanted.some(([need]) => need === name))
        throw new ProjectError(`${user} is given "${name}", which it does not need; ${listNeeds(wanted)}`, at);
    }
    for (const [name, kind] of wanted) expectKind(user, `"${name}"`, kind, devices[name], at);
    const ordered = wanted.map(([name]) => devices[name] as Device);
    return new Job(module, ordered, at);
  };
  return apply as Application<N>;
}

function checkNeeds(module: string, needs: unknown, site: Site | undefined): [string, Kind][] {
  if (typeof needs !== "object" || needs === null || Array.isArray(needs))
    throw new ProjectError(`unikernel "${module}": expected its needs, such as { net: "stack" }`, site);
  const list = Object.entries(needs) as [string, Kind][];
  for (const [name, kind] of list) {
    // Other names would be reordered by JavaScript ("1" comes first) or could not be a parameter.
    if (!/^[A-Za-z_$][\w$]*$/.test(name))
      throw new ProjectError(`unikernel "${module}": the need "${name}" is no parameter's name`, site);
    if (!kinds.includes(kind))
      throw new ProjectError(
        `unikernel "${module}" needs a ${JSON.stringify(kind)} as "${name}"; the kinds are ${kinds.join(", ")}`,
        site,
      );
  }
  return list;
}

function listNeeds(needs: readonly [string, Kind][]): string {
  if (needs.length === 0) return "it needs nothing";
  return `it needs ${needs.map(([name, kind]) => `${name}: "${kind}"`).join(", ")}`;
}
