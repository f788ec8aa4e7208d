/** The files of a deployment, and how they get to their places. */
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { shown, writeAtomically } from "../output.ts";

/** A file on the machine that is to run the service. */
export interface PlannedFile {
  /** Absolute, on that machine. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
}

/**
 * Writes files below a folder, or none of them.
 * @param root the folder; `/` for this machine
 * @param force whether to overwrite what is there with other content
 * @throws UsageError when such a file is there
 */
export function writeFiles(files: readonly PlannedFile[], root: string, force: boolean): void {
  const other = files
    .filter((file) => differs(join(root, file.path), file.content))
    .map(({ path }) => join(root, path));
  const [first] = other;
  if (first !== undefined && !force) {
    const more = other.length > 1 ? ` and ${other.length - 1} more` : "";
    throw new UsageError(`${shown(first)}${more}: there already, with other content; to overwrite it add --force`);
  }
  for (const { path, content, mode } of files) {
    writeAtomically(join(root, path), content, root === "/" ? undefined : "choose another place with -o");
    chmodSync(join(root, path), mode);
  }
}

function differs(path: string, content: string | Uint8Array): boolean {
  return existsSync(path) && !readFileSync(path).equals(Buffer.from(content));
}
