/** The files of a new project. */
import { isName } from "../../runtime/abi/manifest.ts";
import { UsageError } from "../errors.ts";
import { packageName, typescriptVersions } from "../package.ts";
import { dependency } from "./origin.ts";
import { projectReadme } from "./readme.ts";
import { exampleFiles, type Template } from "./templates.ts";

/** Packages that a project has: npm installs none into a package of the same name. */
const installed = [packageName, "typescript"];

/**
 * What is wrong with the name of a project, which is also that of its image.
 * @returns undefined where nothing is
 */
export function wrongName(name: string): string | undefined {
  const shown = JSON.stringify(name);
  if (!isName(name))
    return `${shown} is no name of an image; expected at most 64 lower-case letters, digits and hyphens, a letter first`;
  if (installed.includes(name)) return `${shown} is the name of a package that the project needs`;
  return undefined;
}

/** What `name` may have meant, as a name. */
export function similarName(name: string): string {
  const words =
    name
      .normalize("NFKD")
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  const similar = words
    .join("-")
    .replace(/^[0-9-]+/, "")
    .slice(0, 64);
  return wrongName(similar) === undefined ? similar : `${similar || "my"}-app`.slice(-64);
}

/**
 * The files of a new project, by their path in it.
 * @param directory where it will lie, absolute
 * @throws UsageError when the name is none
 */
export function projectFiles(directory: string, name: string, template: Template): Map<string, string | Uint8Array> {
  const wrong = wrongName(name);
  if (wrong) throw new UsageError(`${wrong}; give one with --name=${similarName(name)}`);
  const files = new Map<string, string | Uint8Array>(exampleFiles(template));
  const config = Buffer.from(files.get("config.ts") ?? "").toString();
  files.set("config.ts", registeredAs(name, config, template));
  files.set("package.json", json(manifest(directory, name)));
  // The layout that editors look for: a file belongs to the first of the two that includes it.
  files.set(
    "tsconfig.json",
    json({ files: [], references: [{ path: "./tsconfig.config.json" }, { path: "./tsconfig.unikernel.json" }] }),
  );
  for (const side of ["config", "unikernel"])
    files.set(`tsconfig.${side}.json`, json({ extends: `${packageName}/tsconfig.${side}.json` }));
  files.set(".gitignore", "dist/\nnode_modules/\n");
  files.set("README.md", projectReadme(template, name));
  return files;
}

/** config.ts with the project's own name instead of the example's. */
function registeredAs(name: string, config: string, { example }: Template): string {
  const parts = config.split(`register("${example}"`);
  if (parts.length !== 2) throw new Error(`examples/${example}/config.ts does not register "${example}" once`);
  return parts.join(`register("${name}"`);
}

function manifest(directory: string, name: string) {
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: { build: "fata build", check: "tsc --build" },
    dependencies: { [packageName]: dependency(directory) },
    devDependencies: { typescript: typescriptVersions },
    // npm asks before a package compiles something, which the tender's part for Node needs.
    allowScripts: { [packageName]: true },
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
