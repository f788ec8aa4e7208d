/** The files that config.ts has the build make: making them, and removing those that were made. */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  unlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { MadeFile } from "./config/file.ts";
import { ProjectError } from "./errors.ts";
import { MADE, removeOutput, shown, writeAtomically } from "./output.ts";
import { PRINTED } from "./print/text.ts";
import { explain } from "./project/explain.ts";

/**
 * Makes the files that are missing, and those that each build makes anew. What was made is noted in dist/, so that only
 * that is ever overwritten or removed.
 * @param directory the project's folder, absolute
 * @throws ProjectError when a file cannot be made, or one is there that was not made so
 */
export async function makeFiles(directory: string, files: readonly MadeFile[]): Promise<void> {
  const noted = new Set(readNotes(directory));
  for (const file of files) {
    const path = join(directory, file.path);
    const there = existsSync(path);
    if (there && !file.always) continue;
    if (there && !noted.has(file.path))
      throw new ProjectError(
        `${shown(path)} was not made by fata; move it away: mv ${shown(path)} ${shown(path)}.old`,
        file.site,
      );
    // Noted first: what is made halfway is to be removed, too.
    noted.add(file.path);
    writeAtomically(join(directory, "dist", MADE), `${[PRINTED, ...noted].join("\n")}\n`);
    await makeFile(file, directory);
  }
}

async function makeFile({ path: name, content, site }: MadeFile, directory: string): Promise<void> {
  const path = join(directory, name);
  if (typeof content === "number") return makeZeros(path, content);
  if (typeof content !== "function") return writeAtomically(path, content);
  mkdirSync(dirname(path), { recursive: true });
  let made: unknown;
  try {
    made = await content(path);
  } catch (error) {
    // What names a line of its own, such as one of a zone file, says more.
    if (error instanceof ProjectError && error.site) throw error;
    throw new ProjectError(`file("${name}"): ${explain(error, directory).message}`, site);
  }
  if (typeof made === "string" || made instanceof Uint8Array) return writeAtomically(path, made);
  if (made !== undefined || !existsSync(path))
    throw new ProjectError(`file("${name}"): its function has returned no content, and made no file`, site);
}

/** A file that takes no room on the disk as long as nothing is written to it. */
function makeZeros(path: string, size: number): void {
  writeAtomically(path, "");
  const descriptor = openSync(path, "r+");
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
}

/**
 * Removes what `fata build` has made of a project: the files of its config.ts, and dist/ if nothing else is in it.
 * @returns what was removed, absolute
 * @throws ProjectError when there is anything else in dist/
 */
export function removeMade(directory: string): string[] {
  const files = readNotes(directory)
    .map((file) => join(directory, file))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() && isWithin(directory, path));
  const dist = join(directory, "dist");
  const removed = removeOutput(dist, files) ? [dist] : [];
  const outside = files.filter((path) => dirname(path) !== dist);
  for (const path of outside) unlinkSync(path);
  return [...outside, ...removed];
}

/** Whether a path stays in a folder where a part of it is a link. */
function isWithin(directory: string, path: string): boolean {
  return `${realpathSync(dirname(path))}/`.startsWith(`${realpathSync(directory)}/`);
}

/** The files that were made, from the project's folder. */
function readNotes(directory: string): string[] {
  const path = join(directory, "dist", MADE);
  if (!existsSync(path)) return [];
  const [first, ...files] = readFileSync(path, "utf8").trimEnd().split("\n");
  // The notes lie where anybody may write: a path that leads out of the project is none of ours.
  return first === PRINTED ? files.filter((file) => !/^\/|(?:^|\/)\.\.?(?:\/|$)/.test(file) && file !== "") : [];
}
