/** Builds the examples and runs them, on the real tender and on the simulated one. */
import assert from "node:assert/strict";
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import { build } from "../../compiler/build.ts";
import { nativeSection } from "../../compiler/native/architecture.ts";
import { withoutSection } from "../../compiler/pipeline/sections.ts";
import { host } from "../support/native.ts";
import { readRepository, root } from "../support/repository.ts";
import { SimulatedTender, type TenderOptions } from "../support/tender.ts";
import { nativeTender } from "../tender/engine.ts";

export const tenderCli = join(root, "build/tender/tender.cjs");

/** Both tenders. Node's would by itself start the native one for an image with native code. */
const tenders = [
  { tender: "Node's", command: [process.execPath, tenderCli, "--isolation=v8"] },
  { tender: "native", command: [nativeTender, "--isolation=seccomp"] },
];

/** How an example is built, other than by custom. */
interface Variant {
  /** Whether it gets native code, for both tenders. */
  readonly native?: boolean;
  /** Defaults of its keys. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** An example's image, in a folder that is removed after the tests of the file. */
export class Example {
  readonly folder = mkdtempSync(join(tmpdir(), "fata-example-"));
  readonly image: string;

  private constructor(readonly name: string) {
    this.image = join(this.folder, `${name}.wasm`);
    after(() => rmSync(this.folder, { recursive: true }));
  }

  static async build(name: string, { native = false, defaults = {} }: Variant = {}): Promise<Example> {
    const example = new Example(name);
    const request = { mode: "default", options: [], progress: () => {} } as const;
    const directory = join(root, "examples", name);
    const [values, processors] = [new Map(Object.entries(defaults)), native ? [host] : []];
    await build({ ...request, directory, output: example.image, defaults: values, native: processors });
    return example;
  }

  /** Checks that the image is not longer than sizes.json allows, without its native code. */
  checkSize(): void {
    const sizes: Record<string, number> = JSON.parse(readRepository("test/examples/sizes.json"));
    const portable = withoutSection(readFileSync(this.image), nativeSection(host));
    const [size, most] = [portable.length, sizes[this.name] ?? 0];
    assert.ok(size <= most, `${this.name}.wasm has ${size} bytes; test/examples/sizes.json allows ${most}`);
  }

  /** A simulated tender with the image; devices are the test's to add. */
  simulate(...words: string[]): SimulatedTender {
    return this.simulateWith({ arguments: words });
  }

  /** The same with other options than arguments. */
  simulateWith(options: TenderOptions): SimulatedTender {
    return new SimulatedTender(new WebAssembly.Module(readFileSync(this.image)), options);
  }

  /** Runs the image on the real tender to its end. */
  run(options: readonly string[] = [], words: readonly string[] = []): SpawnSyncReturns<string> {
    return spawnSync(process.execPath, [tenderCli, ...options, this.image, ...words], { encoding: "utf8" });
  }

  /** Starts an image with native code on both tenders at once. */
  spawnOnBoth(words: readonly string[] = []) {
    return tenders.map(({ tender, command: [program = "", ...options] }) => ({
      tender,
      child: spawn(program, [...options, this.image, ...words], { stdio: ["ignore", "pipe", "inherit"] }),
    }));
  }

  /** Runs an image with native code on both tenders at once, to its end, which must be a good one. @returns its logs */
  async runOnBoth(words: readonly string[] = []): Promise<{ tender: string; log: string[] }[]> {
    const ends = this.spawnOnBoth(words).map(async ({ tender, child }) => {
      const [output, [status]] = await Promise.all([text(child.stdout), once(child, "exit")]);
      assert.equal(status, 0, `${tender} tender: ${output}`);
      return { tender, log: withoutTimes(output) };
    });
    return Promise.all(ends);
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

/** What a simulated image has logged, without the times. */
export function logOf(tender: SimulatedTender): string[] {
  return withoutTimes(tender.lines.map((line) => `${line}\n`).join(""));
}
