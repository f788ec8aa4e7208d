/** Commands that run on a terminal of their own, and who types there. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";

/** Longer than any command takes here, also on a busy machine: only what hangs gets there. */
const PATIENCE_MS = 60_000;

export class Terminal {
  readonly #child: ChildProcess;
  readonly #end: Promise<unknown>;
  #shown = "";

  /** @param command of a shell */
  constructor(command: string, cwd: string, variables: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, TERM: "xterm", ...variables };
    // `script` makes the terminal; one that it makes without having one itself has no size.
    const args = ["--quiet", "--return", "--flush", "--command", `stty cols 100 rows 40; ${command}`, "/dev/null"];
    this.#child = spawn("script", args, { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
    // From the beginning: it may come before anybody waits for it.
    this.#end = once(this.#child, "close");
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#shown += text;
      this.#child.emit("shown");
    });
  }

  /** What was shown so far, without colours and movements of the cursor. */
  get shown(): string {
    return stripVTControlCharacters(this.#shown).replaceAll("\r\n", "\n");
  }

  /** Waits until a text was shown since the last call, then types. */
  async answer(text: string, keys: string): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (!this.shown.includes(text)) {
      await once(this.#child, "shown", { signal }).catch(() => {
        throw new Error(`${JSON.stringify(text)} was not shown, but: ${this.shown}`);
      });
    }
    this.#shown = "";
    this.#child.stdin?.write(keys);
  }

  /** Waits for the command's end. @returns its exit status */
  async end(): Promise<number | null> {
    const late = once(AbortSignal.timeout(PATIENCE_MS), "abort").then(() => {
      throw new Error(`it has not ended, but shows: ${this.shown}`);
    });
    await Promise.race([this.#end, late]);
    return this.#child.exitCode;
  }
}
