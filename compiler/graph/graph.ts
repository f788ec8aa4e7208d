import { DEVICES_MAX, type ManifestDevice } from "../../runtime/abi/manifest.ts";
import { NET_F_ALL } from "../../runtime/abi/tender.ts";
import { Contents } from "../config/contents.ts";
import { Device, describe, type Recipe } from "../config/device.ts";
import type { MadeFile } from "../config/file.ts";
import { Key } from "../config/key.ts";
import type { Option } from "../config/option.ts";
import type { Registration } from "../config/register.ts";
import { formatSite, ProjectError, type Site } from "../errors.ts";

/** A device of the image: options are chosen. */
export interface Made {
  readonly kind: string;
  readonly recipe: Recipe;
  readonly site: Site | undefined;
  /** What its constructor is given, in order. */
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  readonly name: string;
  readonly value: Made | Key | Contents | string | number;
  /** The options by which the device was chosen, the outermost first. */
  readonly chosenBy: readonly Choice[];
}

/** The value of an option. */
export interface Choice {
  readonly option: Option;
  readonly value: string;
  /** `--storage` or `FATA_STORAGE`; undefined for the default. */
  readonly givenBy?: string | undefined;
}

/** What config.ts describes, in the order in which main.ts makes it: a device comes after those that it is made from, and
 * what the tender attaches before all others. */
export interface Graph {
  readonly registration: Registration;
  /** What runs, side by side. */
  readonly jobs: readonly Made[];
  /** Each device once, however many use it; without the jobs. */
  readonly devices: readonly Made[];
  /** The application's keys, then those of the devices, then those of every image. */
  readonly keys: readonly Key[];
  /** The options that were asked. */
  readonly choices: readonly Choice[];
  /** The devices that the tender attaches. */
  readonly attached: readonly ManifestDevice[];
  /** What the build makes. */
  readonly files: readonly MadeFile[];
  /** What is compiled into the image, by its name in its namespace of main.ts. */
  readonly contents: ReadonlyMap<Contents, string>;
}

/** The key of every image: how much it logs. runtime/sys/log.ts reads it, so that an image that does not log does not. */
export const logs = new Key({
  name: "logs",
  short: "l",
  type: "log-levels",
  default: "info",
  doc: "What is logged: quiet, error, warning, info or debug; or by source, as in info,arp:debug.",
});

/**
 * Walks from the jobs to everything that they use.
 * @param choose gives the value of an option; by custom its default
 * @throws ProjectError when two devices or two keys have one name, when a device is made from itself, and when there are
 * more devices than a tender attaches
 */
export function makeGraph(registration: Registration, choose: (option: Option) => Choice = byDefault): Graph {
  const walk = new Walk(choose);
  for (const key of registration.keys) walk.keys.add(key);
  for (const file of registration.files) walk.files.add(file);
  const jobs = registration.jobs.map((job) => walk.visit(job).made);
  walk.keys.add(logs);
  const made = [...walk.made.values()].filter(({ kind }) => kind !== "job");
  // The tender attaches only while the image starts; what is made from a disk may wait for it.
  const devices = [...made.filter(isAttached), ...made.filter((one) => !isAttached(one))];
  const keys = [...walk.keys];
  const choices = [...walk.choices.values()];
  const attached = devices.filter(isAttached);

  refuseTwins("device", "give one another name, or share one through a constant", attached, (d) => d.recipe.name);
  const mend = `give one another name; keys of a stack get one from stack(..., { group: "NAME" })`;
  refuseTwins("key", mend, keys, (key) => key.name);
  refuseTwins("key's field", "give one another name", keys, (key) => fieldName(key.name));
  refuseTwins("key's short form", "give one another letter", keys, (key) => key.short);
  const options = choices.map((choice) => choice.option);
  refuseTwins("key or option", "give one another name", [...keys, ...options], (item) => item.name);
  refuseTwins("file", "give one another name", [...walk.files], (file) => file.path);
  if (attached.length > DEVICES_MAX)
    throw new ProjectError(
      `${registration.name} has ${attached.length} devices; a tender attaches at most ${DEVICES_MAX}`,
      attached[DEVICES_MAX]?.site,
    );
  return {
    registration,
    jobs,
    devices,
    keys,
    choices,
    attached: attached.flatMap(({ recipe: { name, attached: kind, offload } }) =>
      kind ? [{ name, kind, ...(offload && { offload: NET_F_ALL }) }] : [],
    ),
    files: [...walk.files],
    contents: nameContents(walk.contents),
  };
}

/** A field for each: its name, with a number where another has that. */
function nameContents(contents: ReadonlySet<Contents>): Map<Contents, string> {
  const names = new Map<Contents, string>();
  const taken = new Set<string>();
  for (const one of contents) {
    const stem = fieldName(one.name);
    let name = stem;
    for (let n = 2; taken.has(name); n++) name = stem + n;
    taken.add(name);
    names.set(one, name);
  }
  return names;
}

class Walk {
  readonly made = new Map<Device, Made>();
  readonly keys = new Set<Key>();
  readonly files = new Set<MadeFile>();
  readonly contents = new Set<Contents>();
  readonly choices = new Map<Option, Choice>();
  /** The devices that are being made, the outermost first. */
  private readonly path: Device[] = [];

  constructor(private readonly choose: (option: Option) => Choice) {}

  visit(device: Device): { made: Made; chosenBy: Choice[] } {
    const known = this.made.get(device);
    if (known) return { made: known, chosenBy: [] };
    if (this.path.includes(device)) throw this.cycle(device);
    this.path.push(device);
    const result = this.follow(device);
    this.path.pop();
    return result;
  }

  private follow(device: Device): { made: Made; chosenBy: Choice[] } {
    const { source } = device;
    if (!("option" in source)) return { made: this.make(device, source), chosenBy: [] };
    const choice = this.choices.get(source.option) ?? this.choose(source.option);
    this.choices.set(source.option, choice);
    const chosen = source.devices[choice.value];
    if (!chosen) throw new ProjectError(`--${source.option.name}=${choice.value} chooses no device`, device.site);
    const { made, chosenBy } = this.visit(chosen);
    return { made, chosenBy: [choice, ...chosenBy] };
  }

  private make(device: Device, recipe: Recipe): Made {
    const parameters = recipe.parameters.map(({ name, value }): Parameter => {
      if (value instanceof Key) this.keys.add(value);
      if (value instanceof Contents) this.contents.add(value);
      if (!(value instanceof Device)) return { name, value, chosenBy: [] };
      const { made, chosenBy } = this.visit(value);
      return { name, value: made, chosenBy };
    });
    for (const file of recipe.files ?? []) this.files.add(file);
    const made = { kind: device.kind, recipe, site: device.site, parameters };
    this.made.set(device, made);
    return made;
  }

  private cycle(device: Device): ProjectError {
    const circle = [...this.path.slice(this.path.indexOf(device)), device];
    const steps = circle.map((one) => {
      const name = "option" in one.source ? `--${one.source.option.name}` : one.source.name;
      return `${name} (${one.kind})`;
    });
    return new ProjectError(`${describe(device)} is made from itself: ${steps.join(" <- ")}`, device.site);
  }
}

/** Whether the tender attaches it; it is made from nothing but its name. */
function isAttached({ recipe }: Made): boolean {
  return recipe.attached !== undefined;
}

function byDefault(option: Option): Choice {
  return { option, value: option.default };
}

/** `listen-port` as a field: `listenPort`. */
export function fieldName(name: string): string {
  return name.replace(/[-_]+(.)?/g, (_gap, next: string | undefined) => next?.toUpperCase() ?? "");
}

/** Throws when two of `items` have one name; an empty name is none. */
function refuseTwins<T extends { readonly site: Site | undefined }>(
  what: string,
  mend: string,
  items: readonly T[],
  nameOf: (item: T) => string,
): void {
  const seen = new Map<string, T>();
  for (const item of items) {
    const name = nameOf(item);
    const first = name === "" ? undefined : seen.get(name);
    if (first) {
      const place = first.site ? ` at ${formatSite(first.site)}` : "";
      throw new ProjectError(`a ${what} "${name}" was declared already${place}; ${mend}`, item.site);
    }
    seen.set(name, item);
  }
}
