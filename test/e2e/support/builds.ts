/**
 * What the tests run: images of examples and test projects, and peers written in C. Each is built once and kept in
 * build/e2e/, under a name that changes with everything it is made from.
 */
import { type ExecFileOptions, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { filesUnder, root } from "../../support/repository.ts";
import { isNative } from "../../tender/engine.ts";

const run = promisify(execFile) as (program: string, args: string[], options?: ExecFileOptions) => Promise<unknown>;
const kept = join(root, "build/e2e");

/**
 * Builds an image, with native code for this processor when the native tender is to run it.
 * @param folder of the project, relative to the repository; @param more options of the build
 * @returns the image's path
 */
export function image(folder: string, ...more: readonly string[]): Promise<string> {
  const name = [
    basename(folder),
    ...(isNative ? ["native"] : []),
    ...more.map((word) => word.replace(/\W+/g, "")),
  ].join("-");
  const options = [...more, ...(isNative ? ["--native", "--quiet"] : ["--quiet"])];
  const sources = ["runtime", "build/compiler", folder].flatMap(filesUnder).filter((path) => !path.endsWith(".map"));
  return keep(name, [...sources, "package-lock.json"], `${name}.wasm`, (output) =>
    run(process.execPath, [join(root, "build/compiler/cli.js"), "build", ...options, join(root, folder), "-o", output]),
  );
}

/** Compiles a program of test/e2e/peers/. @param options of the compiler @returns its path */
export function peer(name: string, ...options: string[]): Promise<string> {
  const source = `test/e2e/peers/${name}.c`;
  const make = (output: string) => run("cc", ["-O2", "-Wall", ...options, "-o", output, join(root, source)]);
  return keep(name, [source], name, make);
}

/** Has `make` write a file, unless that was done with the same inputs before. */
async function keep(
  name: string,
  inputs: readonly string[],
  file: string,
  make: (output: string) => Promise<unknown>,
): Promise<string> {
  const hash = createHash("sha256");
  for (const path of inputs) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  const folder = join(kept, `${name}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(folder)) return join(folder, file);
  mkdirSync(kept, { recursive: true });
  const unfinished = mkdtempSync(join(kept, `${name}-`));
  try {
    await make(join(unfinished, file));
    renameSync(unfinished, folder);
  } catch (error) {
    // Another test file may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return join(folder, file);
}
