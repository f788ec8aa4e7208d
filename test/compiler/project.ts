/** Projects in temporary folders, and the `fata` command run on them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));
const cli = join(root, "build/compiler/cli.js");

/** A config.ts and a unikernel.ts that need no device. */
export const smallest = {
  "config.ts": `import { register, unikernel } from "fata/config";
export default register("small", unikernel("./unikernel")());
`,
  "unikernel.ts": `export class Main {
  start(): void {}
}
`,
};

/** A folder outside the repository with these files, by path. It is removed after the tests of the file. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "fata-project-")));
  after(() => rmSync(directory, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `fata` in a folder. Its outputs are no terminals. */
export function fata(cwd: string, ...args: string[]): Outcome {
  return fataWith({}, cwd, ...args);
}

/** The same, with some variables of the environment changed. */
export function fataWith(variables: Readonly<Record<string, string>>, cwd: string, ...args: string[]): Outcome {
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd, env, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Compares with a text of test/compiler/golden/, or writes it where UPDATE_GOLDEN=1 is set. */
export function compareGolden(name: string, text: string): void {
  const path = join(root, "test/compiler/golden", name);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"), `${path}; after a wanted change set UPDATE_GOLDEN=1`);
}
