/**
 * Starts the tender as its users do, and other programs that the tests need.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { tenderCommand } from "./engine.ts";

export interface Outcome {
  /** The exit status, or the signal's name. */
  readonly status: number | string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const started: Running[] = [];

/** A process whose output is kept. It is ended with the test file at the latest. */
export class Running {
  readonly child: ChildProcess;
  /** Its end. */
  readonly outcome: Promise<Outcome>;
  private out = Buffer.alloc(0);
  private err = "";
  private onOutput: () => void = () => undefined;

  constructor(command: readonly string[], options: SpawnOptions = {}) {
    // Certificates make every start of Node slower, and nothing here uses them.
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
    const [program = "", ...args] = command;
    this.child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"], ...options });
    this.child.stdout?.on("data", (data: Buffer) => {
      this.out = Buffer.concat([this.out, data]);
      this.onOutput();
    });
    this.child.stderr?.on("data", (data: Buffer) => {
      this.err += data;
      this.onOutput();
    });
    this.outcome = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code, signal) => {
        this.onOutput();
        resolve({ status: code ?? String(signal), stdout: this.out, stderr: this.err });
      });
    });
    started.push(this);
  }

  /** Waits until the console shows a text. Fails when the process ends without it. */
  shows(text: string): Promise<void> {
    return this.until(text, () => this.out.includes(text));
  }

  /** The same of standard error. */
  tells(text: string): Promise<void> {
    return this.until(text, () => this.err.includes(text));
  }

  private async until(text: string, found: () => boolean): Promise<void> {
    while (!found()) {
      const { exitCode, signalCode } = this.child;
      assert.ok(exitCode === null && signalCode === null, `ended without "${text}": ${this.out}${this.err}`);
      await new Promise<void>((resolve) => {
        this.onOutput = resolve;
      });
    }
  }

  /** Waits for more of its output. */
  printsMore(): Promise<void> {
    const length = this.out.length;
    return this.until("more output", () => this.out.length > length);
  }

  get output(): string {
    return this.out.toString();
  }

  kill(signal: NodeJS.Signals): void {
    assert.ok(this.child.kill(signal), "the process has ended already");
  }

  /** Sends a signal, and waits until the process has taken it: another of its kind would be the same one before that. */
  async takes(signal: NodeJS.Signals): Promise<void> {
    this.kill(signal);
    const bit = 1n << BigInt(constants.signals[signal] - 1);
    const pending = () => {
      const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
      return [...status.matchAll(/^(?:Shd|Sig)Pnd:\t(\w+)$/gm)].some(([, mask]) => BigInt(`0x${mask}`) & bit);
    };
    while (pending()) await pause(5);
  }
}

/** Starts a tender. */
export function start(args: readonly string[], options: SpawnOptions = {}): Running {
  const isIsolation = (word: string) => word.startsWith("--isolation=");
  // The option may be given once.
  const command = args.some(isIsolation) ? tenderCommand.filter((word) => !isIsolation(word)) : tenderCommand;
  return new Running([...command, ...args], options);
}

/** Runs a tender to its end. */
export function tender(...args: readonly string[]): Promise<Outcome> {
  return start(args).outcome;
}

/** Runs a tender that is to end by itself with one line on standard error. */
export async function refuses(status: number, line: RegExp, ...args: readonly string[]): Promise<void> {
  const outcome = await tender(...args);
  assert.match(outcome.stderr, line);
  assert.match(outcome.stderr, /^tender: [^\n]+\n$/, "one line");
  assert.equal(outcome.status, status);
  assert.equal(outcome.stdout.length, 0);
}

/** A folder of this test file's own. */
export const folder = mkdtempSync(join(tmpdir(), "fata-tender-"));

/** The path of a file in it. */
export function file(name: string): string {
  return join(folder, name);
}

after(async () => {
  for (const { child } of started) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await Promise.all(started.map((s) => s.outcome));
  rmSync(folder, { recursive: true });
});

/** Runs a program to its end; its output. */
export function execute(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8" });
}
