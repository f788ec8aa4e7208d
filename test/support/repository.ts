/**
 * The repository's own files, for tests that look at the sources.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder; this file is compiled to build/test/support/repository.js. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Folders that hold nothing written by hand. */
const GENERATED = new Set(["node_modules", "build", "dist", ".git"]);

/**
 * The content of a file.
 * @param path relative to the repository
 */
export function readRepository(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/**
 * The files under a folder, dependencies and build products left out.
 * @param folder relative to the repository, "" for all of it
 * @returns their paths relative to the repository, sorted
 */
export function filesUnder(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!GENERATED.has(entry.name)) found.push(...filesUnder(path));
    } else if (entry.isFile()) {
      found.push(path);
    }
  }
  return found.sort();
}
