/**
 * A network namespace of a test's own, so that tests with taps neither see each other nor change the host's network.
 */
import { type ChildProcess, execFile, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Why tests with namespaces and taps are to be skipped here, or false: for a test's option `skip`. */
export const noNamespaces: string | false =
  process.getuid?.() !== 0
    ? "needs root"
    : !existsSync("/dev/net/tun")
      ? "needs /dev/net/tun"
      : spawnSync("ip", ["netns", "list"]).status !== 0
        ? "needs ip netns"
        : false;

export class Namespace {
  readonly name = `fata-${randomBytes(4).toString("hex")}`;

  /** Makes a namespace whose loopback is up. To be removed by `remove`. */
  static async make(): Promise<Namespace> {
    const namespace = new Namespace();
    await run("ip", ["netns", "add", namespace.name]);
    await namespace.run("ip", "link", "set", "lo", "up");
    return namespace;
  }

  /** Removes the namespace and, with it, the taps in it. Processes in it are the test's to end. */
  async remove(): Promise<void> {
    await run("ip", ["netns", "delete", this.name]);
  }

  /** Runs a program to its end. @returns what it wrote to its standard output @throws when it fails */
  async run(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await run("ip", ["netns", "exec", this.name, program, ...args]);
    return stdout;
  }

  /** Starts a program; the child process is the program itself, so signals reach it. */
  spawn(program: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn("ip", ["netns", "exec", this.name, program, ...args], options);
  }
}
