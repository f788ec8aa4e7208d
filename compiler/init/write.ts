/** Writes a new project: all its files, or none. */
import { lstatSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UsageError } from "../errors.ts";
import { isFolder, makeFolder, shown, writeReason } from "../output.ts";

/**
 * Writes files below a folder, which is made when it is missing. What was written is removed again when one cannot be.
 * @param directory absolute
 * @param files by path relative to it
 * @throws UsageError when a file is in the way, or cannot be written
 */
export function writeProject(directory: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  const inTheWay = obstacles(directory, [...files.keys()]);
  if (inTheWay) throw new UsageError(inTheWay);
  const undo: (() => void)[] = [];
  let path = directory;
  try {
    for (const [name, content] of files) {
      path = join(directory, name);
      const file = path;
      makeFolder(dirname(file), (made) => undo.push(() => rmdirSync(made)));
      // "wx": not what has come since, nor what lies behind a link.
      writeFileSync(file, content, { flag: "wx" });
      undo.push(() => unlinkSync(file));
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new UsageError(`cannot write ${shown(path)}: ${writeReason(error)}; choose another folder`);
  }
}

/**
 * What a new project would overwrite.
 * @returns undefined where nothing is in the way
 */
export function obstacles(directory: string, names: readonly string[]): string | undefined {
  if (!isThere(directory)) return undefined;
  if (!isFolder(directory)) return `${shown(directory)} is there already and is no folder; choose another folder`;
  const [first, ...others] = names.filter((name) => isThere(join(directory, name)));
  if (first === undefined) return undefined;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return `${shown(join(directory, first))}${more} is there already, and is not overwritten; choose another folder`;
}

/** Whether there is anything at a path, be it a link that leads nowhere. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false; // what forbids to look there, forbids to write there and is told then
  }
}
