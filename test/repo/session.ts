import assert from "node:assert/strict";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Namespace } from "../support/namespace.ts";
import { root } from "../support/repository.ts";
import { assertPrints } from "./output.ts";
import type { Block } from "./page.ts";

/** On a terminal these lines of standard error replace each other, and the last one vanishes. */
const PROGRESS = /^[a-z].* \.\.\.\n/gm;

/** A line of an image's log. */
const LOGGED = /\[INFO\].*\n/;

/** A script, and what it has printed so far. */
class Script extends EventEmitter {
  output = "";
  errors = "";
  #over = false;

  constructor(private readonly child: ChildProcess) {
    super();
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      this.output += part;
      this.emit("more");
    });
    child.stderr?.setEncoding("utf8").on("data", (part: string) => {
      this.errors += part;
    });
    child.once("close", () => {
      this.#over = true;
      this.emit("more");
    });
  }

  /** Waits until its output has what is wanted, which it must have before its end. */
  async until(enough: (output: string) => boolean): Promise<void> {
    while (!enough(this.output) && !this.#over) await once(this, "more");
    assert.ok(enough(this.output), `it has ended, and printed\n${this.output}${this.errors}`);
  }

  /** Waits for its end. @param fails whether it must be a bad one */
  async end(fails: boolean): Promise<void> {
    while (!this.#over) await once(this, "more");
    const { exitCode } = this.child;
    assert.equal(exitCode !== 0, fails, `it has ended with ${exitCode}, and printed\n${this.output}${this.errors}`);
  }

  /** Ends it and all that it has started. */
  async stop(): Promise<void> {
    if (this.#over || this.child.pid === undefined) return;
    process.kill(-this.child.pid, "SIGTERM");
    while (!this.#over) await once(this, "more");
  }
}

/** Where the blocks of one page are followed, as a reader would. */
export class Session {
  #made: string | undefined;
  readonly #scripts: Script[] = [];
  #namespace: Namespace | undefined;
  /** What a reader sees of the last script. */
  #seen: (lines: number) => Promise<string> = () => Promise.resolve("");

  /** @param place a clone of the repository, as far as its pages use it, or an empty folder, for who has one elsewhere */
  constructor(private readonly place: "clone" | "empty folder") {}

  /** Made when it is first used: a session of which no test is chosen leaves nothing behind. */
  get #folder(): string {
    if (this.#made !== undefined) return this.#made;
    const folder = mkdtempSync(join(tmpdir(), "fata-readme-"));
    this.#made = folder;
    if (this.place === "empty folder") return folder;
    for (const name of ["node_modules", "tools"]) symlinkSync(join(root, name), join(folder, name));
    // Copied: other tests build the examples, too.
    const filter = (path: string) => basename(path) !== "dist";
    cpSync(join(root, "examples"), join(folder, "examples"), { recursive: true, filter });
    return folder;
  }

  /** Runs a block of commands, writes a file down, or compares output. */
  async follow(block: Block): Promise<void> {
    const file = block.marks.get("file");
    if (file !== undefined) {
      mkdirSync(dirname(join(this.#folder, file)), { recursive: true });
      writeFileSync(join(this.#folder, file), block.text);
    } else if (block.marks.has("it prints")) {
      assertPrints(block.text, await this.#seen(block.text.split("\n").length - 1));
    } else {
      await this.run(block.text, block.marks);
    }
  }

  /** Runs a script, to its end unless it goes on. @returns its standard output */
  async run(text: string, marks: Block["marks"] = new Map()): Promise<string> {
    const script = new Script(await this.#spawn(text, marks.has("in a namespace")));
    this.#scripts.push(script);
    if (marks.has("goes on")) {
      await script.until((output) => LOGGED.test(output));
      this.#seen = async (lines) => {
        const first = (output: string) => output.split("\n").slice(0, lines);
        await script.until((output) => output.split("\n").length > lines);
        return first(script.output).join("\n");
      };
    } else {
      const fails = marks.has("fails");
      await script.end(fails);
      this.#seen = () => Promise.resolve(fails ? script.errors.replace(PROGRESS, "") : script.output);
    }
    return script.output;
  }

  /** Ends what goes on, and removes everything. */
  async end(): Promise<void> {
    await Promise.all(this.#scripts.map((script) => script.stop()));
    await this.#namespace?.remove();
    if (this.#made !== undefined) rmSync(this.#made, { recursive: true });
  }

  async #spawn(text: string, inNamespace: boolean): Promise<ChildProcess> {
    const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`, USER: "root" };
    // A process group of its own, to be ended as one.
    const options: SpawnOptions = { cwd: this.#folder, env, stdio: ["ignore", "pipe", "pipe"], detached: true };
    if (!inNamespace) return spawn("bash", ["-e", "-c", text], options);
    this.#namespace ??= await Namespace.make();
    return this.#namespace.spawn("bash", ["-e", "-c", `sudo() { "$@"; }\n${text}`], options);
  }
}
