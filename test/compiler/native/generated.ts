/** Generated programs: native code gives what V8 gives, traps and what is left in memory included. */
import assert from "node:assert/strict";
import wabtInit from "wabt";
import type { Architecture } from "../../../compiler/native/architecture.ts";
import { Batch, call, instantiate } from "./batch.ts";
import { generateModule } from "./generator.ts";
import { makeElfLoader } from "./machine.ts";
import { inV8 } from "./v8.ts";

const wabt = await wabtInit();

/** So many programs a module: that costs fewer runs of wasm2c than a module each. */
const PROGRAMS_A_MODULE = 40;
/** Each program runs with these arguments, one after the other. */
const RUNS = [0n, 1n, 0xfff0_0000_0000_0001n, 0x4009_21fb_5444_2d18n];

export class GeneratedPrograms {
  private readonly batch = new Batch();
  private readonly made: { seed: number; wasm: Uint8Array }[] = [];
  /** How many programs there are. */
  readonly count: number;

  constructor(seeds: readonly number[]) {
    this.count = seeds.length * PROGRAMS_A_MODULE;
    for (const seed of seeds) {
      const module = wabt.parseWat(`seed ${seed}`, generateModule(seed, PROGRAMS_A_MODULE));
      module.validate();
      this.made.push({ seed, wasm: module.toBinary({}).buffer });
      module.destroy();
    }
  }

  /** Translates all programs to C. */
  async translate(): Promise<void> {
    for (const { wasm } of this.made) await this.batch.add(wasm);
  }

  /**
   * Runs all on V8 and on native code.
   * @returns how often each result came (`trap CODE`, or `value`), and a line for each that differs
   */
  async run(architecture: Architecture): Promise<{ kinds: Map<string, number>; wrong: string[] }> {
    const elf = await this.batch.compile(architecture);
    const load = await makeElfLoader(architecture);
    const { status, lines } = load(elf, { initial: 0, maximum: 0 }, this.commands().join(""));
    assert.equal(status, 0, lines.at(-1));
    const answers = lines.values();
    const next = () => answers.next().value?.split(" ", 2).join(" ") ?? assert.fail("an answer is missing");
    const kinds = new Map<string, number>();
    const wrong: string[] = [];
    for (const { seed, wasm } of this.made) {
      assert.equal(next(), "0");
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
      const functions = exports as Readonly<Record<string, (argument: bigint) => bigint>>;
      let faulted = false;
      for (const [name, argument] of this.runs()) {
        const expected = inV8(() => functions[name]?.(BigInt.asIntN(64, argument)) ?? 0n);
        if (name.startsWith("run")) next();
        const result = next();
        if (result !== expected && !(name === "hash" && faulted))
          wrong.push(`seed ${seed}: ${name}(0x${argument.toString(16)}): ${result}; V8 says ${expected}`);
        // A fault may come before stores that precede it in the wasm (docs/native-abi.md).
        faulted = expected === "trap 1";
        const kind = expected.startsWith("trap") ? expected : "value";
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    }
    return { kinds, wrong };
  }

  /** What is called in each module. */
  private runs(): (readonly [name: string, argument: bigint])[] {
    const names = Array.from({ length: PROGRAMS_A_MODULE }, (_, program) => `run ${program}`);
    return names.flatMap((name) =>
      RUNS.flatMap((argument) => [["reset", 0n] as const, [name, argument] as const, ["hash", 0n] as const]),
    );
  }

  private commands(): string[] {
    return this.batch.modules.flatMap((module, index) => [
      instantiate(index, module),
      ...this.runs().map(([name, argument]) => {
        const at = module.functions.findIndex((one) => one.name === name);
        return call(index, at, module.functions[at]?.parameters.map(() => argument) ?? []);
      }),
    ]);
  }
}
