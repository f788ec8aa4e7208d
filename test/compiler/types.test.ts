import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./project.ts";

const fixtures = join(root, "test/fixtures/config-types");

/** The errors of tsc for a file, as an editor shows them, by line. */
function errorsOf(file: string): Map<number, string> {
  const flags = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--pretty", "false"];
  const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...flags, file], {
    cwd: fixtures,
    encoding: "utf8",
  });
  const errors = new Map<number, string>();
  let line = 0;
  for (const text of tsc.stdout.split("\n")) {
    const place = /^(.*?)\((\d+),\d+\): error/.exec(text);
    if (place) {
      assert.equal(place[1], file, text);
      line = Number(place[2]);
    }
    if (text) errors.set(line, `${errors.get(line) ?? ""}${text}\n`);
  }
  assert.equal(tsc.status === 0, errors.size === 0, tsc.stdout + tsc.stderr);
  return errors;
}

test("a right config.ts type-checks", () => {
  assert.deepEqual([...errorsOf("right.ts")], []);
});

test("each mistake in config.ts is a type error in its line", () => {
  const errors = errorsOf("wrong.ts");
  const lines = readFileSync(join(fixtures, "wrong.ts"), "utf8").split("\n");
  let marked = 0;
  for (const [index, line] of lines.entries()) {
    const wanted = / \/\/ error: (.*)$/.exec(line)?.[1];
    const found = errors.get(index + 1);
    if (wanted) marked++;
    if (wanted) assert(found?.includes(wanted), `line ${index + 1}: wanted ${wanted}, found ${found}`);
    else assert.equal(found, undefined);
  }
  assert(marked > 10);
});
