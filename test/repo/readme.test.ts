/**
 * The documentation is true as far as a program can see: its commands run and print what it says, its sources are those
 * of the examples, its links lead somewhere. page.ts tells how a page says what its blocks are.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { after, describe, test } from "node:test";
import { noNamespaces } from "../support/namespace.ts";
import { readRepository, root } from "../support/repository.ts";
import { type Block, blocksOf, pages } from "./page.ts";
import { Session } from "./session.ts";

const blocks = pages.flatMap(blocksOf);
/** Pages whose reader begins in an empty folder. */
const fromNothing = ["docs/tutorial.md", "docs/guides/website.md"];

test("the pages and their blocks are seen", () => {
  for (const page of ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "examples/hello/README.md"])
    assert.ok(pages.includes(page), page);
  const readme = blocks.filter((block) => block.page === "README.md");
  assert.deepEqual(
    readme.map((block) => block.language),
    ["sh", "sh", "ts", "ts", "sh", "sh", "sh"],
  );
});

/** Whether a reader does something with a block: the commands, the files that he writes, the output that he sees. */
function isStep({ language, marks }: Block): boolean {
  return language === "sh" || marks.has("file") || marks.has("it prints");
}

/** A block's name as a test. */
function nameOf({ text, marks }: Block): string {
  if (marks.has("file")) return `the file ${marks.get("file")}`;
  return (marks.has("it prints") ? "it prints " : "") + text.trim().replaceAll("\n", "; ");
}

describe("commands", { concurrency: 2 }, () => {
  for (const page of pages) {
    const steps = blocks.filter((block) => block.page === page && isStep(block));
    if (!steps.some(({ language }) => language === "sh")) continue;
    describe(page, { concurrency: 1 }, () => {
      const session = new Session(fromNothing.includes(page) ? "empty folder" : "clone");
      after(() => session.end());
      // What cannot be run here prints nothing to compare either.
      let skip: string | false = false;
      for (const block of steps) {
        if (block.language === "sh") skip = block.marks.has("in a namespace") && noNamespaces;
        const tester = block.marks.get("tested by");
        if (tester === undefined) test(nameOf(block), { skip }, () => session.follow(block));
        else test(`${nameOf(block)} is run by ${tester}`, () => assert.ok(existsSync(join(root, tester))));
      }
    });
  }

  test("CI calls the test command of the README, and nothing else", () => {
    const command = blocks.find(({ marks }) => marks.get("tested by") === ".ci/run")?.text.trim();
    assert.ok(command);
    const lines = readRepository(".ci/run").trimEnd().split("\n");
    assert.equal(lines.at(-1), command);
    const others = lines.slice(0, -1).filter((line) => !line.startsWith("#"));
    assert.deepEqual(others, ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "export CI=1"]);
  });
});

test("a block of TypeScript is a file of the repository, or one that the reader writes, or tested elsewhere", () => {
  for (const { page, language, marks, text } of blocks) {
    const [file, tester] = [marks.get("same as"), marks.get("tested by")];
    if (file !== undefined) assert.equal(text, readRepository(file));
    else if (tester !== undefined) assert.ok(existsSync(join(root, tester)), `${page}: there is no ${tester}`);
    else if (language === "ts")
      assert.ok(marks.has("file"), `${page}: a block without <!-- same as: FILE -->\n${text}`);
  }
});

describe("a block of text is what the command prints", () => {
  const session = new Session("clone");
  after(() => session.end());
  for (const block of blocks) {
    const command = block.marks.get("output of");
    if (command === undefined) continue;
    test(`${block.page}: ${command}`, async () => {
      assert.equal(`${(await session.run(command)).trimEnd()}\n`, block.text);
    });
  }
});

test("each example has a page, and is in the README's list and in the change log", () => {
  const examples = readdirSync(join(root, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.ok(examples.length >= 16);
  const changes = /^- Examples: ([^.]*)\./m.exec(readRepository("CHANGELOG.md"))?.[1]?.split(/,\s+/) ?? [];
  for (const { name } of examples) {
    assert.ok(pages.includes(`examples/${name}/README.md`), name);
    assert.ok(readRepository("README.md").includes(`[${name}](examples/${name}/README.md)`), name);
    assert.ok(changes.includes(name), name);
  }
});

test("links within the repository lead to files", () => {
  const broken = pages.flatMap((page) =>
    [...readRepository(page).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(root, posix.dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(broken, []);
});
