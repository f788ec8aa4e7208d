/** Native code that was compiled before: a C compiler takes longer than all the rest of a build. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { writeAtomically } from "../output.ts";

/** So many results are kept, the last used ones. */
const KEPT = 64;

/** A folder by the XDG Base Directory specification; relative values are to be ignored. */
function cacheFolder(): string {
  const set = process.env["XDG_CACHE_HOME"] ?? "";
  return join(isAbsolute(set) ? set : join(homedir(), ".cache"), "fata", "native");
}

/** The name of a result: a hash of all that it depends on. */
export function cacheKey(...inputs: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(digest(input));
  return hash.digest("hex");
}

/** What was stored under a key. A file that was damaged since is none. */
export function fromCache(key: string): Uint8Array | undefined {
  const path = join(cacheFolder(), key);
  try {
    const file = readFileSync(path);
    const content = file.subarray(DIGEST_SIZE);
    if (!digest(content).equals(file.subarray(0, DIGEST_SIZE))) return undefined;
    const now = new Date();
    utimesSync(path, now, now);
    return content;
  } catch {
    return undefined;
  }
}

/** Stores a result. Where that cannot be, the next build compiles again. */
export function toCache(key: string, content: Uint8Array): void {
  const folder = cacheFolder();
  try {
    writeAtomically(join(folder, key), Buffer.concat([digest(content), content]));
    prune(folder);
  } catch {
    // A full disk or a folder that may not be written: nothing is lost but time.
  }
}

function prune(folder: string): void {
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const used = new Map(paths.map((path) => [path, statSync(path).mtimeMs]));
  const old = paths.sort((a, b) => (used.get(b) ?? 0) - (used.get(a) ?? 0)).slice(KEPT);
  for (const path of old) rmSync(path, { force: true });
}

const DIGEST_SIZE = 32;

function digest(content: string | Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
