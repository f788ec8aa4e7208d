/** Commands that run on a terminal of their own, and who types there. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";

/** Longer than any command takes here. */
const PATIENCE_MS = 15_000;

export class Terminal {
  readonly #child: ChildProcess;
  #shown = "";

  /** @param command of a shell */
  constructor(command: string, cwd: string, variables: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, TERM: "xterm", ...variables };
    // `script` makes the terminal; one that it makes without having one itself has no size.
    const args = ["--quiet", "--return", "--flush", "--command", `stty cols 100 rows 40; ${command}`, "/dev/null"];
    this.#child = spawn("script", args, { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
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
    const [status] = await once(this.#child, "close", { signal: AbortSignal.timeout(PATIENCE_MS) });
    return status;
  }
}
