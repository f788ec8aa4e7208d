import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, test } from "node:test";
import { filesUnder, readRepository } from "../support/repository.ts";

const FOLDERS = ["runtime", "compiler", "tender", "examples", "test", "bench", "tools"];
const MAX_LINES = 400;
const BANNED_NAMES = /^(utils?|helpers?|common|managers?|misc|shared|lib)\b|[-_](utils?|helpers?|common|manager)\b/i;

const sources = FOLDERS.flatMap(filesUnder).filter((path) => /\.(ts|c|h)$/.test(path));

/** The comments at the very start of a source, a hash-bang line left out. */
function firstComment(text: string): string {
  return /^(?:#!.*\n)?\s*((?:\/\/.*\n)+|\/\*[\s\S]*?\*\/)/.exec(text)?.[1] ?? "";
}

function tooLong(text: string): boolean {
  return text.split("\n").length > MAX_LINES && !firstComment(text).includes(`${MAX_LINES} lines`);
}

/** A decorator before a declaration at the left margin that is not a class. */
function topLevelDecorator(text: string): boolean {
  return /^@\w+(\(.*\))?\s*(\n\s*)?(@\w+(\(.*\))?\s*)*(export\s+)?(function|const|let|var|declare)\b/m.test(text);
}

describe("the sources", () => {
  test("are seen", () => {
    for (const folder of FOLDERS)
      assert.ok(
        sources.some((path) => path.startsWith(`${folder}/`)),
        `${folder} is empty`,
      );
    assert.ok(sources.includes("runtime/abi/tender.ts"));
    assert.ok(sources.includes("tender/native/abi.h"));
  });

  test(`have no file over ${MAX_LINES} lines without a reason in its first comment`, () => {
    const long = "x;\n".repeat(MAX_LINES);
    assert.ok(tooLong(`// Why.\n${long}`));
    assert.ok(!tooLong(`/** More than ${MAX_LINES} lines: one table. */\n${long}`));
    // Generated: as long as its source's comments make it.
    const own = sources.filter((path) => path !== "tender/native/abi.h");
    assert.deepEqual(
      own.filter((path) => tooLong(readRepository(path))),
      [],
    );
  });

  test("have no file named after no idea", () => {
    assert.match("utils.ts", BANNED_NAMES);
    assert.match("string-helpers.ts", BANNED_NAMES);
    assert.deepEqual(
      sources.filter((path) => path.split("/").some((part) => BANNED_NAMES.test(part))),
      [],
    );
  });

  test("have no top-level decorator in runtime/ (tsc and Biome cannot read them, and they gain nothing at -O3)", () => {
    assert.ok(topLevelDecorator("@inline\nexport function f(): void {}"));
    assert.ok(topLevelDecorator("@lazy const a = 1;"));
    assert.ok(!topLevelDecorator("@final\nexport class A {\n  @inline get b(): i32 { return 1; }\n}"));
    assert.deepEqual(
      sources.filter((path) => path.startsWith("runtime/") && topLevelDecorator(readRepository(path))),
      [],
    );
  });

  test("use each AssemblyScript test entry in a test", () => {
    const entries = sources.filter((path) => path.startsWith("test/runtime/") && path.endsWith(".as.ts"));
    assert.ok(entries.length > 0);
    const tests = sources.filter((path) => /^test\/.*(?<!\.as)\.ts$/.test(path)).map(readRepository);
    const lost = entries.filter((path) => !tests.some((text) => text.includes(posix.basename(path, ".ts"))));
    assert.deepEqual(lost, []);
  });
});

describe("docs/dependencies.md", () => {
  const page = readRepository("docs/dependencies.md");
  const manifest = JSON.parse(readRepository("package.json")) as Record<string, Record<string, string>>;
  const names = ["dependencies", "devDependencies"].flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  const explained = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);

  test("explains each dependency", () => {
    assert.ok(names.length > 5);
    assert.deepEqual(
      names.filter((name) => !explained.includes(name)),
      [],
    );
  });

  test("explains nothing that is gone", () => {
    assert.deepEqual(
      explained.filter((name) => name !== undefined && !names.includes(name)),
      [],
    );
  });

  test("names each Debian package that tools/setup installs", () => {
    const list = /packages=\(\n([\s\S]*?)\n\)/.exec(readRepository("tools/setup"))?.[1] ?? "";
    const packages = list.split("\n").map((line) => line.trim().split(/\s/)[0] ?? "");
    assert.ok(packages.includes("iproute2"));
    assert.deepEqual(
      packages.filter((name) => !page.includes(`- \`${name}\``)),
      [],
    );
  });
});
