/** The types of config.ts, which jiti takes off unread: TypeScript's own compiler checks them. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { formatSite, ProjectError } from "../errors.ts";
import { excerpt } from "../excerpt.ts";
import { packageRoot } from "../package.ts";

/** As editors check it, but for what jiti lets pass: files named without or with their ending, and untyped packages. */
const compilerOptions = {
  target: "es2023",
  lib: ["es2023"],
  module: "preserve",
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
  strict: true,
  noImplicitAny: false,
  skipLibCheck: true,
  noEmit: true,
  types: [],
  // This very package, as when config.ts runs.
  paths: { "fata/config": [join(packageRoot, "build/compiler/config/index.d.ts")] },
};

/**
 * Errors that are none, for Node has run config.ts: names and modules that TypeScript knows only where @types/node is
 * installed (2304, 2307, 2580, 2584, 2591), and what Node adds to import.meta.
 */
const KNOWN_TO_NODE = /^TS(2304|2307|2580|2584|2591): |'ImportMeta'/;

/**
 * Checks the types of config.ts and of the files of the project that it imports.
 * @param directory the project's folder, absolute
 * @throws ProjectError with all errors, each with its line and a caret
 */
export async function checkTypes(directory: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fata-types-"));
  try {
    const files = [join(directory, "config.ts")];
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const errors = readErrors(await runTsc(folder), directory);
    if (errors.length === 0) return;
    // The first one stands behind the name of the command; each has its place itself.
    throw new ProjectError(errors.join("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns what tsc prints of the project whose tsconfig.json is in `folder`: paths are absolute, or from there */
function runTsc(folder: string): Promise<{ folder: string; text: string }> {
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  const args = [join(typescript, "bin/tsc"), "--pretty", "false", "-p", folder];
  return new Promise((done, fail) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 }, (error, text, stderr) => {
      if (error && text === "") fail(new Error(`tsc has failed: ${stderr || error.message}`));
      else done({ folder, text });
    });
  });
}

/** The errors of the project's own files, as they are shown. */
function readErrors({ folder, text }: { folder: string; text: string }, directory: string): string[] {
  const errors: string[] = [];
  for (const line of text.split("\n")) {
    const [, path, row, column, what] = /^(\S.*?)\((\d+),(\d+)\): error (.*)$/.exec(line) ?? [];
    if (path === undefined || what === undefined || KNOWN_TO_NODE.test(what)) continue;
    const site = { file: resolve(folder, path), line: Number(row) };
    if (!site.file.startsWith(directory + sep) || site.file.includes(`${sep}node_modules${sep}`)) continue;
    errors.push(`${formatSite(site)}: ${what}\n${excerpt(site, Number(column) - 1)}`);
  }
  return errors;
}
