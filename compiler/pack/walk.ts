/** What is in a folder, to be packed: into an image, a tar archive or a FAT file system. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ProjectError, type Site } from "../errors.ts";
import { isFolder, shown } from "../output.ts";

/** Most bytes of a name with the folders above it, in UTF-8: KEY_MAX of runtime/kv/kvro.ts. */
const KEY_MAX = 1024;
/** The largest block of a disk. */
const BLOCK = 4096;

/** A file or a folder below the folder that is packed. */
export interface Packed {
  /** From that folder, with "/" between the names. */
  readonly key: string;
  /** Absolute. */
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * Lists a folder, and those in it, each before what it holds; sorted by the bytes of their keys, so that the order is the
 * same on all machines.
 * @param site the line that names the folder, if there is one
 * @throws ProjectError for what is neither file nor folder, and for names that no store has
 */
export function walk(folder: string, site?: Site): Packed[] {
  if (!isFolder(folder)) throw new ProjectError(`there is no folder ${shown(folder)}; name one that holds files`, site);
  const found: Packed[] = [];
  const visit = (directory: string, prefix: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true, encoding: "buffer" })) {
      const name = entry.name.toString("utf8");
      const path = join(directory, name);
      const refuse = (why: string) => new ProjectError(`cannot pack ${shown(path)}: ${why}`, site);
      if (!Buffer.from(name).equals(entry.name)) throw refuse("its name is not UTF-8");
      const key = prefix + name;
      if (Buffer.byteLength(key) > KEY_MAX) throw refuse(`its name is longer than ${KEY_MAX} bytes`);
      if (entry.isSymbolicLink()) throw refuse("it is a symbolic link; put the file itself in its place");
      if (!entry.isFile() && !entry.isDirectory()) throw refuse("it is neither a file nor a folder");
      found.push({ key, path, isFolder: entry.isDirectory() });
      if (entry.isDirectory()) visit(path, `${key}/`);
    }
  };
  visit(folder, "");
  return found.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/**
 * The time that packed files have, in ms since 1970: that of SOURCE_DATE_EPOCH (https://reproducible-builds.org), by custom
 * 0, so that the same files give the same bytes wherever and whenever they are packed.
 */
export function packedTime(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const text = environment["SOURCE_DATE_EPOCH"];
  if (text === undefined || text === "") return 0;
  const seconds = Number(text);
  if (!/^\d{1,12}$/.test(text))
    throw new ProjectError(`SOURCE_DATE_EPOCH=${text}: expected seconds since 1970, such as 1767225600`);
  return seconds * 1000;
}

/** Bytes of a disk image that holds so many: whole blocks, also where these are large. */
export function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}
