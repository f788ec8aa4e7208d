/** Where a new project gets this package from: from where the running one came. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { packageName, packageRoot, packageVersion } from "../package.ts";

/**
 * What the project's package.json asks for: a range of versions, or `file:` and a path relative to the project for a
 * package that was packed by hand, or a clone.
 * @param directory the project's folder, absolute
 * @param root the folder of this package
 */
export function dependency(directory: string, root: string = packageRoot): string {
  const folder = dirname(root);
  const origin = basename(folder) === "node_modules" ? packedFile(folder) : root;
  if (origin === undefined) return `^${packageVersion}`;
  return `file:${relative(directory, origin).split(sep).join("/")}`;
}

/** The file that npm installed this package from, by npm's own record; undefined when that was a registry. */
function packedFile(modules: string): string | undefined {
  try {
    const { packages } = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8"));
    const { resolved } = packages[`node_modules/${packageName}`];
    const [, path] = /^file:(.*)$/.exec(resolved) ?? [];
    const file = path === undefined ? undefined : resolve(dirname(modules), path);
    return file !== undefined && existsSync(file) ? file : undefined;
  } catch {
    return undefined; // installed by another program than npm
  }
}
