/** Builds the examples and runs them, on the real tender and on the simulated one. */
import assert from "node:assert/strict";
import { type ChildProcess, type SpawnSyncReturns, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { build } from "../../compiler/build.ts";
import { readRepository, root } from "../support/repository.ts";
import { SimulatedTender } from "../support/tender.ts";

export const tenderCli = join(root, "build/tender/tender.cjs");

/** An example's image, in a folder that is removed after the tests of the file. */
export class Example {
  readonly folder = mkdtempSync(join(tmpdir(), "fata-example-"));
  readonly image: string;

  private constructor(readonly name: string) {
    this.image = join(this.folder, `${name}.wasm`);
    after(() => rmSync(this.folder, { recursive: true }));
  }

  static async build(name: string): Promise<Example> {
    const example = new Example(name);
    const progress = () => {};
    const directory = join(root, "examples", name);
    await build({ directory, output: example.image, mode: "default", defaults: new Map(), options: [], progress });
    return example;
  }

  /** Checks that the image is not longer than sizes.json allows. */
  checkSize(): void {
    const sizes: Record<string, number> = JSON.parse(readRepository("test/examples/sizes.json"));
    const [size, most] = [readFileSync(this.image).length, sizes[this.name] ?? 0];
    assert.ok(size <= most, `${this.name}.wasm has ${size} bytes; test/examples/sizes.json allows ${most}`);
  }

  /** A simulated tender with the image; devices are the test's to add. */
  simulate(...words: string[]): SimulatedTender {
    return new SimulatedTender(new WebAssembly.Module(readFileSync(this.image)), { arguments: words });
  }

  /** Runs the image on the real tender to its end. */
  run(options: readonly string[] = [], words: readonly string[] = []): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [tenderCli, ...options, this.image, ...words], { encoding: "utf8" });
  }
}

/** Waits until a child's output holds a line with this. @returns the lines up to it */
export async function printed(child: ChildProcess, text: string): Promise<string> {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (part: string) => {
    output += part;
    child.emit("output");
  });
  for (;;) {
    const at = output.indexOf(text);
    const end = at < 0 ? -1 : output.indexOf("\n", at);
    if (end >= 0) return output.slice(0, end + 1);
    assert.deepEqual([child.exitCode, child.signalCode], [null, null], `it ended without "${text}":\n${output}`);
    await Promise.race([once(child, "output"), once(child, "exit")]);
  }
}

/** Ends a child with a signal. @returns its exit status, null when the signal itself ended it */
export async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
  return child.exitCode;
}

const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: /;

/** The lines of a log without their times. Every line must have one. */
export function withoutTimes(log: string): string[] {
  const lines = log.split("\n");
  assert.equal(lines.pop(), "", "the log ends with a whole line");
  return lines.map((line) => {
    assert.match(line, STAMP);
    return line.replace(STAMP, "");
  });
}
