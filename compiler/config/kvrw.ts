import { ProjectError } from "../errors.ts";
import { Device, describe, expectKind, groupPrefix } from "./device.ts";
import { Key } from "./key.ts";
import { callSite } from "./site.ts";

export interface KvRwOptions {
  /** MiB of memory for what was read or written last; by custom 4, none with 0. */
  readonly cache?: number;
  /** Goes before the name of its key: the group "mail" makes `--mail-format`. An image with two stores needs it. */
  readonly group?: string;
}

/**
 * A read-write store on a raw disk that survives the loss of power. It brings the key `format`, which is given when the
 * image is run, and makes the disk an empty store whatever it holds; one that is all zeros becomes one by itself.
 */
export function kvRw(storage: Device<"block">, options: KvRwOptions = {}): Device<"kv_rw"> {
  const site = callSite();
  expectKind("kvRw", "its disk", "block", storage, site);
  const { cache = 4 } = options;
  if (!Number.isInteger(cache) || cache < 0 || cache > 2048)
    throw new ProjectError(`kvRw: cache is ${describe(cache)} ${cache}; expected 0 to 2048 MiB`, site);
  const prefix = groupPrefix("a store", options.group, site);
  const format = new Key({
    name: `${prefix}format`,
    type: "flag",
    default: "false",
    doc: "Make the disk an empty store. What it holds is lost.",
    stage: "run",
    site,
  });
  const parameters = [
    { name: "storage", value: storage },
    { name: "format", value: format },
    { name: "cache", value: cache },
  ];
  return new Device("kv_rw", { name: `${prefix}store`, className: "KvRw", parameters }, site);
}
