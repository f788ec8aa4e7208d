import { isName } from "../../runtime/abi/manifest.ts";
import { formatSite, ProjectError, type Site } from "../errors.ts";
import { Device, describe, type Job, nameMessage } from "./device.ts";
import { MadeFile } from "./file.ts";
import { Key } from "./key.ts";
import { callSite } from "./site.ts";

/** All that config.ts says: its default export. */
export class Registration {
  readonly name: string;
  /** At least one. They run side by side. */
  readonly jobs: readonly Job[];
  readonly keys: readonly Key[];
  readonly files: readonly MadeFile[];
  readonly site: Site | undefined;

  /** @internal */
  constructor(parts: Pick<Registration, "name" | "jobs" | "keys" | "files" | "site">) {
    this.name = parts.name;
    this.jobs = parts.jobs;
    this.keys = parts.keys;
    this.files = parts.files;
    this.site = parts.site;
  }
}

/**
 * Names the image and says what runs in it: `export default register("website", job, port)`.
 * @param name of the image, dist/NAME.wasm: lower-case letters, digits and hyphens
 * @param job a unikernel applied to its devices
 * @param more further jobs, which run side by side with the first; keys that the application reads (those of its devices
 * come by themselves); files that the build makes
 */
export function register(name: string, job: Job, ...more: readonly (Job | Key | MadeFile)[]): Registration {
  const site = callSite();
  if (typeof name !== "string" || !isName(name)) throw new ProjectError(nameMessage("an image", name), site);
  const given = `register("${name}", ...)`;
  if (!isJob(job)) {
    const mend = typeof job === "function" ? "; apply the unikernel to its devices: unikernel(...)({ ... })" : "";
    throw new ProjectError(`${given}: expected a job, found ${found(job)}${mend}`, site);
  }
  for (const part of more) {
    if (!isJob(part) && !(part instanceof Key) && !(part instanceof MadeFile))
      throw new ProjectError(`${given}: expected a job, a key or a file, found ${found(part)}`, site);
  }
  const jobs = [job, ...more.filter(isJob)];
  const twice = jobs.find((one, index) => jobs.indexOf(one) !== index);
  if (twice) throw new ProjectError(`${given}: a job is given twice; apply its unikernel once more for another`, site);
  const keys = more.filter((part) => part instanceof Key);
  const files = more.filter((part) => part instanceof MadeFile);
  return new Registration({ name, jobs, keys, files, site });
}

function isJob(value: unknown): value is Job {
  return value instanceof Device && value.kind === "job";
}

function found(value: unknown): string {
  const declared = value instanceof Device && value.site ? `, declared at ${formatSite(value.site)}` : "";
  return describe(value) + declared;
}
