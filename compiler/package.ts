/** Where this package lies, and what its package.json says. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The folder that holds package.json: above both compiler/ and build/compiler/. */
export const packageRoot = findRoot(import.meta.dirname);

const {
  name,
  version,
  dependencies: { typescript },
} = JSON.parse(readFileSync(path.join(packageRoot, "package.json"), "utf8"));

export const packageName: string = name;
export const packageVersion: string = version;
/** The versions of TypeScript that this package checks config.ts with. */
export const typescriptVersions: string = typescript;

function findRoot(directory: string): string {
  return existsSync(path.join(directory, "package.json")) ? directory : findRoot(path.dirname(directory));
}
