import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ProjectError } from "./errors.ts";
import { PRINTED } from "./print/text.ts";

/** Where the files that config.ts had made are noted, in dist/. */
export const MADE = "files.txt";

/** The files that are printed into a project's dist/. */
const PRINTED_FILES: readonly string[] = ["main.ts", "keys.ts", MADE];

/** Shows a path as the user would type it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path) || ".";
  return short.length < path.length ? short : path;
}

/** A path as a word of a shell's command line. */
export function shellWord(path: string): string {
  return /^[\w./+:@%,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Whether there is a folder at a path, which may be anything: a part of it may be a file. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/**
 * Writes a file whole or not at all: a reader, or a build that is interrupted, never sees half of it. The folder is made
 * when it is missing.
 * @param mend what the user can do when it cannot be written
 * @throws ProjectError when it cannot be written
 */
export function writeAtomically(path: string, content: string | Uint8Array, mend?: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    makeFolder(dirname(path));
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    const { code } = error as NodeJS.ErrnoException;
    const mended = mend === undefined || code === "ENOSPC" ? "" : `; ${mend}`;
    throw new ProjectError(`cannot write ${shown(path)}: ${writeReason(error)}${mended}`);
  }
}

/**
 * Makes a folder and those above it that are missing. mkdirSync's own `recursive` never ends where a folder is there in
 * which none can be made, as in /proc.
 * @param made is told of each that was made
 */
export function makeFolder(path: string, made: (path: string) => void = () => {}): void {
  if (isFolder(path)) return;
  makeFolder(dirname(path), made);
  try {
    mkdirSync(path);
    made(path);
  } catch (error) {
    // Another build may have been faster.
    if (!isFolder(path)) throw error;
  }
}

function discard(temporary: string): void {
  try {
    unlinkSync(temporary);
  } catch {
    // It was not even begun: its folder cannot be.
  }
}

/** Why a file or a folder could not be written, for people. */
export function writeReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ""] ?? message;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EEXIST: "its folder is a file",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "no file can be made there",
  ENOSPC: "the disk is full",
  ENOTDIR: "its folder is a file",
  EROFS: "the file system is read-only",
};

/**
 * Writes a printed file, unless it is there already: editors and watchers need not look again.
 * @throws ProjectError when a file of that name is not one of ours
 */
export function writePrinted(path: string, text: string): void {
  const old = readIfThere(path);
  if (old === text) return;
  if (old !== undefined && !old.startsWith(PRINTED))
    throw new ProjectError(
      `${shown(path)} was not printed by fata; move it away: mv ${shown(path)} ${shown(path)}.old`,
    );
  writeAtomically(path, text);
}

/**
 * Removes a project's dist/ when all that it holds was written by `fata build`.
 * @param made further files that it may hold, absolute
 * @returns whether there was one
 * @throws ProjectError when there is anything else in it
 */
export function removeOutput(dist: string, made: readonly string[]): boolean {
  const status = lstatSync(dist, { throwIfNoEntry: false });
  if (!status) return false;
  const foreign = status.isDirectory() ? readdirSync(dist).find((name) => !isOurs(join(dist, name), made)) : "";
  if (foreign !== undefined) {
    const what = foreign === "" ? "is no folder" : `holds ${foreign}, which fata did not write`;
    throw new ProjectError(`${shown(dist)} ${what}; look at it, then type: rm -r ${shown(dist)}`);
  }
  rmSync(dist, { recursive: true });
  return true;
}

function isOurs(path: string, made: readonly string[]): boolean {
  if (!lstatSync(path).isFile()) return false;
  if (made.includes(path)) return true;
  const name = basename(path);
  if (/^[a-z][a-z0-9-]*\.wasm(\.map)?$/.test(name) || /^\..*\.\d+\.tmp$/.test(name)) return true;
  return PRINTED_FILES.includes(name) && (readIfThere(path) ?? "").startsWith(PRINTED);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
