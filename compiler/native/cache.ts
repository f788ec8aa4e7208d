/** Native code that was compiled before: a C compiler takes longer than all the rest of a build. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

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
  for (const input of inputs) hash.update(createHash("sha256").update(input).digest());
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
  const temporary = join(folder, `.${key}.${process.pid}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, Buffer.concat([digest(content), content]));
    renameSync(temporary, join(folder, key));
    prune(folder);
  } catch {
    rmSync(temporary, { force: true });
  }
}

function prune(folder: string): void {
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const used = new Map(paths.map((path) => [path, statSync(path).mtimeMs]));
  const old = paths.sort((a, b) => (used.get(b) ?? 0) - (used.get(a) ?? 0)).slice(KEPT);
  for (const path of old) rmSync(path, { force: true });
}

const DIGEST_SIZE = 32;

function digest(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
