/**
 * Completes package-lock.json: `npm install` leaves out optional packages for other platforms when the registry, or its
 * mirror, does not have them, and `npm ci` then refuses the file, on every platform. What is added is skipped where the
 * platform differs, and is installed from the registry where it does not.
 *
 *     node build/tools/lock.js            completes the file
 *     node build/tools/lock.js --check    fails when something is missing
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Entry {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** What is used of package-lock.json, version 3: packages by their place, "" for the project itself. */
export interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
}

/**
 * The entries that are missing, by their place.
 * @param lock is not changed
 */
export function missingEntries(lock: Lock): ReadonlyMap<string, Entry> {
  const missing = new Map<string, Entry>();
  for (const [place, entry] of Object.entries(lock.packages)) {
    const optional = Object.entries(entry.optionalDependencies ?? {}).filter(([, version]) => /^\d/.test(version));
    // Beside those of its kind that are there: npm may have moved them up to a folder that all can see.
    const folders = optional.map(([name, version]) => folderOf(lock, place, name, version));
    const folder = folders.find((found) => found !== undefined) ?? `${place}/`;
    optional.forEach(([name, version], index) => {
      if (folders[index] !== undefined) return;
      const dev = entry["dev"] ? { dev: true } : {};
      missing.set(`${folder}node_modules/${name}`, { version, ...platformOf(name), ...dev, optional: true });
    });
  }
  return missing;
}

/** The folder in whose node_modules/ the package at `place` finds `name` in this version, with a slash behind it. */
function folderOf(lock: Lock, place: string, name: string, version: string): string | undefined {
  const parents = place
    .split("/node_modules/")
    .map((_, index, parts) => parts.slice(0, index + 1).join("/node_modules/"));
  const folders = ["", ...parents.map((parent) => `${parent}/`)];
  return folders.findLast((folder) => lock.packages[`${folder}node_modules/${name}`]?.version === version);
}

/** The platform by the package's name, such as @biomejs/cli-linux-x64-musl. */
function platformOf(name: string): Entry {
  const [, os, cpu, abi] = /(android|darwin|freebsd|linux|openharmony|win32)-(\w+?)(?:-(\w+))?$/.exec(name) ?? [];
  if (!os || !cpu) return { cpu: ["wasm32"] };
  const libc = os !== "linux" || !abi ? undefined : abi.startsWith("musl") ? "musl" : "glibc";
  return { os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) };
}

function main(args: readonly string[]): number {
  const path = fileURLToPath(new URL("../../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(path, "utf8")) as Lock;
  const missing = missingEntries(lock);
  if (args[0] === "--check") {
    for (const place of missing.keys())
      console.error(`package-lock.json lacks ${place}; run: node build/tools/lock.js`);
    return missing.size === 0 ? 0 : 1;
  }
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) });
  packages.sort(([a], [b]) => a.localeCompare(b, "en")); // as npm does
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main(process.argv.slice(2));
