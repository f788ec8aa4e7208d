/** A running program: what it printed, and how it ended. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";

/** Longer than anything here takes, also on a busy machine: only what hangs gets there. */
const PATIENCE_MS = 60_000;

export interface End {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Waits for a promise. @param what is waited for, to be read after "waited for" */
export async function within<T>(what: () => string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${PATIENCE_MS / 1000} s for ${what()}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export class Program {
  /** What it has written so far, standard output and standard error as they came. */
  output = "";
  readonly child: ChildProcess;
  readonly #end: Promise<End>;
  /** Who waits for output or the end. */
  #waiting: (() => void)[] = [];

  /** @param child a process; @param outputs those of its outputs that are text to keep, pipes */
  constructor(child: ChildProcess, outputs = [child.stdout, child.stderr]) {
    this.child = child;
    for (const stream of outputs) {
      stream?.setEncoding("utf8");
      stream?.on("data", (text: string) => {
        this.output += text;
        this.#wake();
      });
    }
    this.#end = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) => {
        resolve({ status, signal });
        this.#wake();
      });
    });
    // Whoever waits for the end is told; nobody has to.
    this.#end.catch(() => undefined);
  }

  get pid(): number {
    assert(this.child.pid !== undefined, "the program was not started");
    return this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /**
   * Waits until it has printed something.
   * @param after where in the output to begin to look
   * @returns what it printed
   */
  async printed(wanted: string | RegExp, after = 0): Promise<string> {
    const found = () => {
      const text = this.output.slice(after);
      return typeof wanted === "string" ? (text.includes(wanted) ? wanted : undefined) : wanted.exec(text)?.[0];
    };
    const search = async () => {
      for (;;) {
        const text = found();
        if (text !== undefined) return text;
        assert(this.running, `it ended without printing ${wanted}; its output:\n${this.output}`);
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    };
    return within(() => `"${wanted}" in the output:\n${this.output}`, search());
  }

  /** Waits for its end. */
  ended(): Promise<End> {
    return within(() => `the end of process ${this.child.pid}, whose output is:\n${this.output}`, this.#end);
  }

  /** Waits for its end, which must be this exit status. @returns the whole output */
  async endedWith(status: number): Promise<string> {
    const end = await this.ended();
    assert.deepEqual(end, { status, signal: null }, `${this.child.spawnargs.join(" ")}\n${this.output}`);
    return this.output;
  }

  kill(signal: NodeJS.Signals): void {
    assert(this.child.kill(signal), `process ${this.child.pid} has ended already:\n${this.output}`);
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
