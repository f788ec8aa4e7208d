import { basename } from "node:path";
import { isName } from "../../runtime/abi/manifest.ts";
import { ProjectError, type Site } from "../errors.ts";
import { isFolder } from "../output.ts";
import { Contents } from "./contents.ts";
import { describe } from "./device.ts";
import { callSite, pathFromHere } from "./site.ts";

/** A folder that a key-value store is made of. */
export class Folder extends Contents {
  readonly namespace = "folders";
  /** Absolute. */
  readonly path: string;
  /** Whether compressed variants of its files are compiled in as well. */
  readonly compress: boolean;

  /** @internal */
  constructor(path: string, name: string, compress: boolean, site: Site | undefined) {
    super(name, site);
    this.path = path;
    this.compress = compress;
  }

  get paths(): readonly string[] {
    return [this.path];
  }

  async read() {
    const { crunchFolder } = await import("../pack/crunch.ts");
    return { bytes: crunchFolder(this.path, { compress: this.compress, site: this.site }), warnings: [] };
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
  const absolute = pathFromHere(path);
  if (!isFolder(absolute)) throw bad("there is no such folder beside this file");
  return new Folder(absolute, deviceName(basename(absolute), "data"), compress, site);
}

/** A file's name as a device's. @param other what it is called when that is none */
export function deviceName(file: string, other: string): string {
  const name = file
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-$/g, "");
  return isName(name) ? name : other;
}
