/** A disk that fails, falls short or waits as a test tells it to: faulty.c, a file system of its own. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../repository.ts";

export class FaultyDisk {
  /** The file to attach. */
  readonly path: string;
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private wake: () => void = () => undefined;

  private constructor(
    private readonly folder: string,
    program: string,
    size: number,
  ) {
    mkdirSync(folder);
    this.path = join(folder, "disk");
    this.child = spawn(program, [folder, String(size)], { stdio: ["pipe", "pipe", "inherit"] });
    const { stdout } = this.child;
    assert.ok(stdout);
    createInterface(stdout).on("line", (line) => {
      this.lines.push(line);
      this.wake();
    });
    this.child.on("exit", () => this.wake());
  }

  /**
   * Mounts it: needs root, and /dev/fuse.
   * @param size of the file, in bytes
   */
  static async make(size: number): Promise<FaultyDisk> {
    const folder = mkdtempSync(join(tmpdir(), "fata-faulty-"));
    const program = join(folder, "faulty");
    const source = join(root, "test/support/disk/faulty.c");
    execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source, "-lfuse3"]);
    const disk = new FaultyDisk(join(folder, "mount"), program, size);
    await disk.says("ready");
    return disk;
  }

  /** Gives a command of faulty.c. */
  async tell(...commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      this.child.stdin?.write(`${command}\n`);
      await this.says("ok");
    }
  }

  /** Waits for a line, and for no other but those that tell of requests that it holds. */
  async says(line: string): Promise<void> {
    for (;;) {
      const at = this.lines.indexOf(line);
      if (at >= 0) {
        this.lines.splice(at, 1);
        return;
      }
      assert.equal(this.child.exitCode, null, `the faulty disk ended without "${line}"`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Unmounts it. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    if (this.child.exitCode === null) {
      this.child.stdin?.end();
      await ended;
    }
    spawnSync("umount", ["--lazy", this.folder], { stdio: "ignore" });
    rmSync(join(this.folder, ".."), { recursive: true });
  }
}
