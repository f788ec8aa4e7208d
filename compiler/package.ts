/** Where this package lies, and its version. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The folder that holds package.json: above both compiler/ and build/compiler/. */
export const packageRoot = findRoot(import.meta.dirname);

/** The version in package.json. */
export const packageVersion: string = JSON.parse(readFileSync(path.join(packageRoot, "package.json"), "utf8")).version;

function findRoot(directory: string): string {
  return existsSync(path.join(directory, "package.json")) ? directory : findRoot(path.dirname(directory));
}
