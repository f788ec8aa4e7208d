/**
 * The documentation is true as far as a program can see: its commands run, its sources are those of the examples, its
 * links lead somewhere.
 *
 * Each `sh` block is run, unless the comment before it names the test that does so:
 *
 *     <!-- tested by: test/e2e/start.test.ts -->
 *
 * A block that changes the network is run in a namespace of its own, as root, with a `sudo` that does nothing:
 *
 *     <!-- in a namespace -->
 *
 * A block of TypeScript says which file it shows:
 *
 *     <!-- same as: examples/hello/config.ts -->
 *
 * A block of text may be what a command prints:
 *
 *     <!-- output of: tender --help -->
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { Namespace, noNamespaces } from "../support/namespace.ts";
import { filesUnder, readRepository, root } from "../support/repository.ts";

/** Runs a script as a reader would who has followed the README. @returns what it wrote to its standard output */
async function run(script: string): Promise<string> {
  const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` };
  const { stdout } = await promisify(execFile)("bash", ["-e", "-c", script], { cwd: root, env });
  return stdout;
}

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
  /** What the comment before it says, such as "same as: FILE". */
  readonly mark: string;
}

const pages = filesUnder("").filter((path) => path.endsWith(".md"));

function blocksOf(page: string): Block[] {
  const pattern = /(?:<!-- ([^\n]*) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;
  return [...readRepository(page).matchAll(pattern)].map(([, mark = "", language = "", text = ""]) => {
    return { page, language, text, mark };
  });
}

function marked(block: Block, kind: string): string | undefined {
  return block.mark.startsWith(`${kind}: `) ? block.mark.slice(kind.length + 2) : undefined;
}

const blocks = pages.flatMap(blocksOf);

test("the pages and their blocks are seen", () => {
  for (const page of ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "examples/hello/README.md"])
    assert.ok(pages.includes(page), page);
  const readme = blocks.filter((block) => block.page === "README.md");
  assert.deepEqual(
    readme.map((block) => block.language),
    ["sh", "sh", "ts", "ts", "sh", "sh"],
  );
});

// One after another: a block may need what the one before it has built.
describe("commands", () => {
  for (const block of blocks.filter(({ language }) => language === "sh")) {
    const tester = marked(block, "tested by");
    const name = `${block.page}: ${block.text.trim().replaceAll("\n", "; ")}`;
    if (block.mark === "in a namespace") {
      test(name, { skip: noNamespaces }, async () => {
        const namespace = await Namespace.make();
        try {
          await namespace.run("bash", "-e", "-c", `sudo() { "$@"; }; USER=root\n${block.text}`);
        } finally {
          await namespace.remove();
        }
      });
    } else if (tester === undefined) test(name, async () => void (await run(block.text)));
    else test(`${name} is run by ${tester}`, () => assert.ok(existsSync(join(root, tester))));
  }

  test("CI calls the test command of the README, and nothing else", () => {
    const command = blocks.find((block) => marked(block, "tested by") === ".ci/run")?.text.trim();
    assert.ok(command);
    const lines = readRepository(".ci/run").trimEnd().split("\n");
    assert.equal(lines.at(-1), command);
    const others = lines.slice(0, -1).filter((line) => !line.startsWith("#"));
    assert.deepEqual(others, ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "export CI=1"]);
  });
});

test("a block of TypeScript shows the file that it names", () => {
  for (const block of blocks.filter(({ language }) => language === "ts")) {
    const file = marked(block, "same as");
    assert.ok(file, `${block.page}: a block of TypeScript without <!-- same as: FILE -->`);
    assert.equal(block.text, readRepository(file));
  }
});

describe("a block of text is what the command prints", () => {
  for (const block of blocks) {
    const command = marked(block, "output of");
    if (command === undefined) continue;
    test(`${block.page}: ${command}`, async () => {
      assert.equal(`${(await run(command)).trimEnd()}\n`, block.text);
    });
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
