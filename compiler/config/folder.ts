import { basename, dirname, resolve } from "node:path";
import { isName } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { isFolder } from "../output.ts";
import { describe } from "./device.ts";
import { callingFile, callSite } from "./site.ts";

/** A folder that a key-value store is made of. */
export class Folder {
  /** Absolute. */
  readonly path: string;
  /** Its last name, as a device's. */
  readonly name: string;
  /** Whether compressed variants of its files are compiled in as well. */
  readonly compress: boolean;
  readonly site: Site | undefined;

  /** @internal */
  constructor(path: string, name: string, compress: boolean, site: Site | undefined) {
    this.path = path;
    this.name = name;
    this.compress = compress;
    this.site = site;
  }
}

/**
 * The folder that config.ts names, from where it is said.
 * @param user what needs it, for messages
 */
export function readFolder(user: string, path: unknown, compress = false): Folder {
  const site = callSite();
  const bad = (why: string) => new ProjectError(`${user}(${JSON.stringify(path) ?? describe(path)}): ${why}`, site);
  if (typeof path !== "string" || path === "") throw bad('expected the path of a folder, such as "htdocs"');
  const absolute = resolve(dirname(callingFile() ?? "."), path);
  if (!isFolder(absolute)) throw bad("there is no such folder beside this file");
  const name = basename(absolute)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-$/g, "");
  return new Folder(absolute, isName(name) ? name : "data", compress, site);
}
