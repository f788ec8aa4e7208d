/** What the native tender has in place of the C library's printf and malloc. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { SANITIZERS } from "../../fuzz/sanitized.ts";
import { filesUnder, readRepository, root } from "../../support/repository.ts";
import { file } from "../process.ts";

const SEEDS = ["1", "2", "3"];

/**
 * Runs NAME.c against tender/native/NAME.c, under sanitizers.
 * @param name of both
 * @param rounds of each run
 * @param flags for the tender's part
 */
function run(name: string, rounds: number, ...flags: string[]): void {
  const gcc = (...words: string[]): void => {
    execFileSync("gcc", [...SANITIZERS, "-std=gnu11", "-Wall", "-Wextra", "-Werror", ...words]);
  };
  gcc(...flags, "-c", "-o", file(`${name}.o`), join(root, "tender/native", `${name}.c`));
  gcc("-o", file(name), join(root, "test/tender/native", `${name}.c`), file(`${name}.o`));
  for (const seed of SEEDS)
    execFileSync(file(name), [seed, String(rounds)], { stdio: ["ignore", "ignore", "inherit"] });
}

test("texts and numbers are what the C library makes of them", () => {
  run("text", 20_000);
});

test("memory: blocks keep their bytes, are aligned, and too large ones are refused", () => {
  run("arena", 20_000, ...["malloc", "calloc", "realloc", "free"].map((name) => `-D${name}=arena_${name}`));
});

// The compiler checks the arguments against the format, but knows conversions that text.c has not. They would abort.
test("no format asks for more than there is", () => {
  /** These are Node's alone, where the C library costs nothing. */
  const nodes = ["addon.c", "resident.c", "engine_v8.c"].map((name) => `tender/native/${name}`);
  const sources = filesUnder("tender/native").filter((path) => /\.[ch]$/.test(path) && !nodes.includes(path));
  assert.ok(sources.includes("tender/native/kvm.c"));
  let seen = 0;
  for (const path of sources) {
    const text = readRepository(path).replaceAll("format(printf", "");
    assert.doesNotMatch(text, /stdio\.h|printf\s*\(/, path);
    // In inline assembly registers are named so; the remainder's operator stands between spaces.
    for (const [conversion] of text.replace(/__asm__[^;]*;/g, "").matchAll(/(?<=".*)%(?![% ])[^a-z%"]*[a-z]+/g)) {
      assert.match(conversion, /^%(?:(?:\.(?:\d+|\*))?s|(?:l|ll|z)?[dux])/, path);
      seen++;
    }
  }
  assert.ok(seen > 100);
});
