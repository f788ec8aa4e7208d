import { ProjectError, type Site } from "../errors.ts";
import { describe } from "./device.ts";
import { callSite } from "./site.ts";

type Bytes = string | Uint8Array;

/** Makes a file at an absolute path, or returns what is to be in it. */
type Maker =
  | ((path: string) => Bytes)
  | ((path: string) => void)
  | ((path: string) => Promise<Bytes>)
  | ((path: string) => Promise<void>);

/** What is in a file: a number of zero bytes, a text, bytes, or a function that makes it. */
export type FileContent = number | Bytes | Maker;

/** A file that `fata build` makes, and `fata clean` removes. */
export class MadeFile {
  /** From the project's folder. */
  readonly path: string;
  /** @internal */
  readonly content: FileContent;
  /** Whether each build makes it anew. */
  readonly always: boolean;
  readonly site: Site | undefined;

  /** @internal */
  constructor(path: string, content: FileContent, always: boolean, site: Site | undefined) {
    this.path = path;
    this.content = content;
    this.always = always;
    this.site = site;
  }
}

export interface FileOptions {
  /** Makes it anew with each build, as what is generated wants; by custom it is made when it is missing. */
  readonly always?: boolean;
}

/**
 * A file that the build makes, such as a disk image; `fata clean` removes what was made so. Give it to `register`, or to the
 * device that needs it.
 * @param path in the project's folder, or below
 * @param content a number of zero bytes, a text, bytes, or a function that returns one of these or writes the file itself
 */
export function file(path: string, content: FileContent, options: FileOptions = {}): MadeFile {
  const site = callSite();
  const shown = JSON.stringify(path);
  const parts = typeof path === "string" ? path.split("/") : [];
  if (parts.length === 0 || parts.some((part) => /^\.{0,2}$|[\\\n\0]/.test(part)))
    throw new ProjectError(`file(${shown}): expected the path of a file in the project's folder`, site);
  if (path === "config.ts" || (parts[0] === "dist" && parts.length !== 2))
    throw new ProjectError(`file(${shown}): choose another place`, site);
  const isContent =
    content instanceof Uint8Array ||
    ["string", "function"].includes(typeof content) ||
    (typeof content === "number" && Number.isSafeInteger(content) && content >= 0);
  if (!isContent)
    throw new ProjectError(
      `file(${shown}): expected a number of bytes, a text, bytes or a function, found ${describe(content)}`,
      site,
    );
  return new MadeFile(path, content, options.always === true, site);
}
