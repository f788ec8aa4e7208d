/**
 * The documentation is true as far as a program can see: its commands run, its sources are those of the examples, its
 * links lead somewhere.
 *
 * Each block of `sh` is run, those of a page one after another, in a folder that looks like the repository. A comment
 * before the block may tell more:
 *
 *     <!-- in a namespace -->                      as root, in a network namespace of the page's own
 *     <!-- in a namespace, goes on -->             the same, and the next block is run once this one has logged a line
 *     <!-- tested by: test/e2e/start.test.ts -->   not run here
 *
 * So may one before a block of another language:
 *
 *     <!-- same as: examples/hello/config.ts -->   it is the text of that file
 *     <!-- output of: tender --help -->            it is what that command prints
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, posix } from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { Namespace, noNamespaces } from "../support/namespace.ts";
import { filesUnder, readRepository, root } from "../support/repository.ts";

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
  /** What the comment before it says. */
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

/** Where the commands of one page are run, as a reader would who has followed the README. */
class Session {
  readonly #folder = mkdtempSync(join(tmpdir(), "fata-readme-"));
  readonly #options = {
    cwd: this.#folder,
    env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`, USER: "root" },
  };
  #namespace: Namespace | undefined;
  #running: ChildProcess | undefined;

  constructor() {
    for (const name of ["node_modules", "tools"]) symlinkSync(join(root, name), join(this.#folder, name));
    // Copied: other tests build the examples, too.
    const filter = (path: string) => basename(path) !== "dist";
    cpSync(join(root, "examples"), join(this.#folder, "examples"), { recursive: true, filter });
  }

  /** Runs a script to its end. @returns what it wrote to its standard output */
  async run(script: string): Promise<string> {
    const { stdout } = await promisify(execFile)("bash", ["-e", "-c", script], this.#options);
    return stdout;
  }

  async runInNamespace(script: string, goesOn: boolean): Promise<void> {
    this.#namespace ??= await Namespace.make();
    const args = ["-e", "-c", `sudo() { "$@"; }\n${script}`];
    const stdio = ["ignore", "pipe", "inherit"] as const;
    // A process group of its own: what the script has started is to be ended, too.
    const child = this.#namespace.spawn("bash", args, { ...this.#options, stdio: [...stdio], detached: true });
    const end = once(child, "exit");
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      if (/\[INFO\]/.test(output)) child.emit("logged");
    });
    if (goesOn) this.#running = child;
    const [status] = await (goesOn ? Promise.race([once(child, "logged"), end]) : end);
    assert.equal(status, goesOn ? undefined : 0, output);
  }

  async end(): Promise<void> {
    const child = this.#running;
    if (child?.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, "SIGTERM");
      await once(child, "close");
    }
    await this.#namespace?.remove();
    rmSync(this.#folder, { recursive: true });
  }
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

describe("commands", { concurrency: 2 }, () => {
  for (const page of pages) {
    const scripts = blocks.filter((block) => block.page === page && block.language === "sh");
    if (scripts.length === 0) continue;
    describe(page, { concurrency: 1 }, () => {
      const session = new Session();
      after(() => session.end());
      for (const block of scripts) {
        const name = block.text.trim().replaceAll("\n", "; ");
        const tester = marked(block, "tested by");
        const inNamespace = /^in a namespace(, goes on)?$/.exec(block.mark);
        if (tester !== undefined) test(`${name} is run by ${tester}`, () => assert.ok(existsSync(join(root, tester))));
        else if (inNamespace)
          test(name, { skip: noNamespaces }, () => session.runInNamespace(block.text, inNamespace[1] !== undefined));
        else test(name, async () => void (await session.run(block.text)));
      }
    });
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
  const session = new Session();
  after(() => session.end());
  for (const block of blocks) {
    const command = marked(block, "output of");
    if (command === undefined) continue;
    test(`${block.page}: ${command}`, async () => {
      assert.equal(`${(await session.run(command)).trimEnd()}\n`, block.text);
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
