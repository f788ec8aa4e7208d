/** systemd, udev and systemd-networkd, running as on a machine of their own, with a network of its own. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { root } from "../../support/repository.ts";
import { within } from "../support/program.ts";

const NAMESPACES = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup"];
const boot = join(root, "test/e2e/systemd/boot.sh");

/** Machines that are to be removed with the test file. */
const machines = new Set<Machine>();
after(() => Promise.all([...machines].map((machine) => machine.remove())));
process.once("exit", () => {
  for (const machine of machines) machine.kill();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

export class Machine {
  readonly #folder = mkdtempSync(join(tmpdir(), "fata-systemd-"));
  readonly #unshare: ChildProcess;
  #errors = "";

  private constructor() {
    const command = ["--fork", "--kill-child", "bash", boot, this.#folder, root, dirname(process.execPath)];
    // systemd prints to its console and its journal; this is what bash says.
    this.#unshare = spawn("unshare", [...NAMESPACES, ...command], { stdio: ["ignore", "ignore", "pipe"] });
    this.#unshare.stderr?.on("data", (data) => {
      this.#errors += data;
    });
    machines.add(this);
  }

  /** Boots a machine, on which the repository is /opt/fata. */
  static async boot(): Promise<Machine> {
    assert.equal(process.getuid?.(), 0, "this test boots systemd in namespaces: run it as root, sudo npm test");
    const machine = new Machine();
    await machine.until("the machine has started", "systemctl", "is-active", "basic.target");
    return machine;
  }

  kill(): void {
    this.#unshare.kill("SIGKILL");
  }

  async remove(): Promise<void> {
    if (!machines.delete(this)) return;
    const end = new Promise((resolve) => this.#unshare.once("exit", resolve));
    if (this.#unshare.exitCode === null && this.#unshare.signalCode === null) {
      this.kill();
      await end;
    }
    rmdirSync(this.#folder);
  }

  /** systemd's process, as it is known outside. */
  get #systemd(): string {
    const pid = this.#unshare.pid;
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  }

  /** Runs a program to its end. @returns what it wrote to its standard output @throws when it fails */
  async run(program: string, ...args: string[]): Promise<string> {
    assert.equal(this.#unshare.exitCode, null, `the machine did not start: ${this.#errors}`);
    // Certificates make every start of Node slower, and nothing here uses them.
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
    const command = ["--target", this.#systemd, "--all", program, ...args];
    const { stdout } = await promisify(execFile)("nsenter", command, { env });
    return stdout;
  }

  /** Writes a file on the machine. */
  async write(path: string, text: string): Promise<void> {
    const child = spawn("nsenter", ["--target", this.#systemd, "--all", "tee", path], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    child.stdin?.end(text);
    const [status] = await once(child, "exit");
    assert.equal(status, 0, path);
  }

  /** Runs a program again and again until it succeeds. @param what is waited for @returns its output */
  until(what: string, program: string, ...args: string[]): Promise<string> {
    let last: unknown;
    const attempts = async () => {
      for (;;) {
        try {
          return await this.run(program, ...args);
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          last = error;
          await pause(50);
        }
      }
    };
    return within(() => `${what}: ${last}`, attempts());
  }
}
