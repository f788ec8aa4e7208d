import type { ManifestDevice } from "../../runtime/abi/manifest.ts";
import { NET_F_ALL } from "../../runtime/abi/tender.ts";
import { Device } from "../config/device.ts";
import { Key } from "../config/key.ts";
import type { Registration } from "../config/register.ts";
import { formatSite, ProjectError, type Site } from "../errors.ts";

/** What config.ts describes, in the order in which main.ts makes it: a device comes after those that it is made from. */
export interface Graph {
  readonly registration: Registration;
  /** Each device once, however many use it. */
  readonly devices: readonly Device[];
  /** The application's keys, then those of the devices, then those of every image. */
  readonly keys: readonly Key[];
  /** The devices that the tender attaches. */
  readonly attached: readonly ManifestDevice[];
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
 * Walks from the job to everything that it uses.
 * @throws ProjectError when two devices or two keys have one name
 */
export function makeGraph(registration: Registration): Graph {
  const devices = new Set<Device>();
  const keys = new Set<Key>(registration.keys);
  const visit = (device: Device): void => {
    if (devices.has(device)) return;
    for (const arg of device.recipe.args) {
      if (arg instanceof Device) visit(arg);
      else if (arg instanceof Key) keys.add(arg);
    }
    devices.add(device);
  };
  for (const device of registration.job.devices) visit(device);
  keys.add(logs);

  const attached = [...devices].filter((device) => device.recipe.attached);
  refuseTwins("device", "give one another name, or share one through a constant", attached, (d) => d.recipe.name);
  refuseTwins(
    "key",
    `give one another name; keys of a stack get one from stack(..., { group: "NAME" })`,
    [...keys],
    (key) => key.name,
  );
  refuseTwins("key's field", "give one another name", [...keys], (key) => fieldName(key.name));
  refuseTwins("key's short form", "give one another letter", [...keys], (key) => key.short);
  return {
    registration,
    devices: [...devices],
    keys: [...keys],
    attached: attached.flatMap(({ recipe: { name, attached: kind, offload } }) =>
      kind ? [{ name, kind, ...(offload && { offload: NET_F_ALL }) }] : [],
    ),
  };
}

/** `listen-port` as a field: `listenPort`. */
export function fieldName(name: string): string {
  return name.replace(/-+(.)?/g, (_hyphens, next: string | undefined) => next?.toUpperCase() ?? "");
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
