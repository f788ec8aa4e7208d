/**
 * `npm run check`: everything that can be said about the sources without running them. Each check runs even when one
 * before it failed, so that one run shows all there is to mend.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Check {
  readonly name: string;
  readonly command: readonly string[];
  readonly mend: string;
}

// The TypeScript side is type-checked by `npm run build`, which npm runs before this. tsc is named by its path: jco brings
// TypeScript 6 under another name, whose `tsc` may take the place in node_modules/.bin.
const checks: readonly Check[] = [
  { name: "C header and WIT follow the ABI", command: ["node", "build/tools/abi.js", "--check"], mend: "npm run abi" },
  {
    name: "lock file is complete",
    command: ["node", "build/tools/lock.js", "--check"],
    mend: "node build/tools/lock.js",
  },
  {
    name: "format and lint",
    command: ["node_modules/.bin/biome", "check", "--error-on-warnings"],
    mend: "npm run fmt",
  },
  {
    name: "types of runtime/, examples and AssemblyScript tests",
    command: ["node", "node_modules/typescript/bin/tsc", "-p", "tsconfig.runtime.json"],
    mend: "edit the lines named above",
  },
  {
    name: "types of the examples' config.ts",
    command: ["node", "node_modules/typescript/bin/tsc", "-p", "tsconfig.examples.json"],
    mend: "edit the lines named above",
  },
  {
    name: "import table",
    command: ["node", "--test", "--test-reporter=dot", "build/test/repo/imports.test.js"],
    mend: "move the code, or change the table in test/repo/imports.test.ts with a reason in docs/adr/",
  },
  {
    name: "unused files, exports and dependencies",
    command: ["node_modules/.bin/knip"],
    mend: "remove what is named above",
  },
];

let failed = 0;
for (const { name, command, mend } of checks) {
  const [program = "", ...args] = command;
  const result = spawnSync(program === "node" ? process.execPath : program, args, { cwd: root, encoding: "utf8" });
  if (result.status === 0) {
    console.log(`ok      ${name}`);
    continue;
  }
  failed++;
  process.stdout.write(`${result.stdout}${result.stderr}`);
  console.log(`FAILED  ${name}; to mend it: ${mend}`);
}
process.exitCode = failed === 0 ? 0 : 1;
