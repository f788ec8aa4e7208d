/** What a test wants to be run in a machine, collected before its one boot. */
import type { Command, Result } from "../support/machine/console.ts";
import type { MachineName } from "../support/machine/hardware.ts";
import type { Files } from "../support/machine/initramfs.ts";
import { runMachine } from "../support/machine/machine.ts";

export const busybox = "/bin/busybox";

export class Batch {
  private readonly files: Record<string, Uint8Array | string> = {};
  private readonly commands: Command[] = [];
  private results: readonly Result[] = [];

  /** Adds files, by their paths in the machine. */
  place(files: Files): void {
    Object.assign(this.files, files);
  }

  /** Adds a command. Its result is there after the boot, under the number that this returns. */
  add(...argv: readonly string[]): number {
    return this.commands.push({ argv }) - 1;
  }

  /** Adds a command that is killed after some seconds. */
  limited(seconds: number, ...argv: readonly string[]): number {
    return this.commands.push({ argv, seconds }) - 1;
  }

  /** Adds lines for the shell. */
  script(...lines: readonly string[]): number {
    return this.add(busybox, "sh", "-c", lines.join("\n"));
  }

  async boot(machine: MachineName): Promise<void> {
    this.results = await runMachine({ machine, files: this.files, commands: this.commands });
  }

  result(number: number): Result {
    const found = this.results[number];
    if (!found) throw new Error(`there is no result ${number}: boot() comes first`);
    return found;
  }
}
