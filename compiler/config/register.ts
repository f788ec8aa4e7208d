import { isName } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { describe } from "./device.ts";
import { nameMessage } from "./devices.ts";
import { Key } from "./key.ts";
import { callSite } from "./site.ts";
import { Job } from "./unikernel.ts";

/** All that config.ts says: its default export. */
export class Registration {
  readonly name: string;
  readonly job: Job;
  readonly keys: readonly Key[];
  readonly site: Site | undefined;

  /** @internal */
  constructor(name: string, job: Job, keys: readonly Key[], site: Site | undefined) {
    this.name = name;
    this.job = job;
    this.keys = keys;
    this.site = site;
  }
}

/**
 * Names the image and says what runs in it: `export default register("website", job, port)`.
 * @param name of the image, dist/NAME.wasm: lower-case letters, digits and hyphens
 * @param job a unikernel applied to its devices
 * @param keys that the application reads; those of its devices come by themselves
 */
export function register(name: string, job: Job, ...keys: Key[]): Registration {
  const site = callSite();
  if (typeof name !== "string" || !isName(name)) throw new ProjectError(nameMessage("an image", name), site);
  const given = `register("${name}", ...)`;
  if (!(job instanceof Job)) {
    const mend = typeof job === "function" ? "; apply the unikernel to its devices: unikernel(...)({ ... })" : "";
    throw new ProjectError(`${given}: expected a job, found ${describe(job)}${mend}`, site);
  }
  for (const key of keys) {
    if (!(key instanceof Key)) throw new ProjectError(`${given}: expected a key, found ${describe(key)}`, site);
  }
  return new Registration(name, job, keys, site);
}
