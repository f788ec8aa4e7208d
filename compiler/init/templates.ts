/** The templates of `fata init`: examples of this package, as they are, under another name. */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { UsageError } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { packageRoot } from "../package.ts";

export interface Template {
  readonly name: string;
  /** The folder in examples/. */
  readonly example: string;
  /** What it makes, for people who choose. */
  readonly doc: string;
}

export const templates: readonly Template[] = [
  { name: "hello", example: "hello", doc: "logs a line each second" },
  { name: "key", example: "hello-key", doc: "takes an argument, when it is built or run" },
  { name: "fibers", example: "hello-multi", doc: "does several things at once" },
  { name: "block", example: "block", doc: "reads and writes a disk" },
  { name: "network", example: "network-udp", doc: "answers ping, echoes UDP" },
  { name: "noop", example: "noop", doc: "does nothing: the smallest image" },
];

/** What an example has for its place in this repository only, or as a product. A project gets its own. */
const left = ["README.md", "tsconfig.json", "dist", "node_modules"];

/**
 * The template of this name.
 * @throws UsageError that lists them all
 */
export function findTemplate(name: string): Template {
  const found = templates.find((template) => template.name === name);
  if (found) return found;
  const names = templates.map((template) => template.name);
  const near = nearest(name, names);
  const mend = near ? `did you mean ${near}? The` : "the";
  throw new UsageError(`there is no template ${JSON.stringify(name)}; ${mend} templates are ${names.join(", ")}`);
}

/** The files of a template's example that a project gets, by path relative to it. */
export function exampleFiles({ example }: Template): Map<string, Uint8Array> {
  const folder = join(packageRoot, "examples", example);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !left.includes(path.split(sep, 1)[0] ?? ""));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(folder, path))]));
}

/** The README of a template's example. */
export function exampleReadme({ example }: Template): string {
  return readFileSync(join(packageRoot, "examples", example, "README.md"), "utf8");
}
