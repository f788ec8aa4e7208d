/** Files of tests, run once more under other circumstances. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./repository.ts";

/**
 * Runs a file of tests in a process of its own, which must pass whole: nothing failed, nothing skipped.
 * @param file its path below test/, without `.test.ts`
 * @param environment what is added to the environment, such as which tender the tests run
 */
export function passes(file: string, environment: Readonly<Record<string, string>>): void {
  // Else the inner runner would report to the outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--test", join(root, `build/test/${file}.test.js`)], {
    encoding: "utf8",
    env: { ...env, ...environment },
  });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.match(stdout, /^# pass [1-9]/m);
  assert.match(stdout, /^# skipped 0$/m);
}
