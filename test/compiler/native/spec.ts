/** WebAssembly's specification tests: native code does what they demand, and what V8 does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import wabtInit from "wabt";
import type { Architecture } from "../../../compiler/native/architecture.ts";
import { root } from "../../support/repository.ts";
import { Batch, call, instantiate } from "./batch.ts";
import { makeElfLoader } from "./machine.ts";
import { type Call, readScript } from "./script.ts";
import { fromJs, inV8, isNaNBits, toJs } from "./v8.ts";

/** Where the scripts are; its README.md says where they come from, and which are left out. */
export const vectors = join(root, "test/vectors/wasm-spec");

const wabt = await wabtInit();

/** The specification's words for a trap, and the codes of native-abi.h that they stand for. */
const words: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^out of bounds memory access|^out of bounds$/, [1]],
  [/^integer overflow/, [2, 4]],
  [/^integer divide by zero/, [3, 8]],
  [/^invalid conversion to integer/, [4]],
  [/^unreachable/, [5]],
  [/^uninitialized|^indirect call|^null function|^callIndirect/, [6]],
  [/^undefined|^out of bounds table access/, [7]],
  [/^call stack exhausted/, [10]],
  [/^$/, [1, 2, 3, 4, 5, 6, 7, 8, 10]],
];

interface Loaded {
  readonly script: string;
  readonly wasm: Uint8Array;
  readonly calls: readonly Call[];
}

/** Scripts as one native image, and all calls of their functions. */
export class SpecTests {
  private readonly batch = new Batch();
  private readonly loaded: Loaded[] = [];
  /** How many calls are left out, by the reason. */
  readonly left = new Map<string, number>();

  /** Takes the modules of a script that import nothing and of which functions are called. */
  async add(script: string): Promise<void> {
    const { modules, left } = readScript(wabt, readFileSync(join(vectors, script), "utf8"));
    for (const [reason, count] of left) this.leave(reason, count);
    for (const { line, text, calls } of modules) {
      if (calls.length === 0) continue;
      const wasm = wabt.parseWat(`${script}:${line}`, text).toBinary({}).buffer;
      const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(wasm)));
      if (imports.length > 0) this.leave("a module with imports", calls.length);
      else this.loaded.push({ script, wasm, calls });
    }
  }

  private leave(reason: string, count: number): void {
    this.left.set(reason, (this.left.get(reason) ?? 0) + count);
  }

  /** Translates all modules to C. */
  async translate(): Promise<void> {
    for (const { wasm } of this.loaded) await this.batch.add(wasm);
  }

  /**
   * Runs everything on V8 and on native code.
   * @returns how many calls were compared, and a line for each whose result is wrong
   */
  async run(architecture: Architecture): Promise<{ compared: number; wrong: string[] }> {
    const elf = await this.batch.compile(architecture);
    const load = await makeElfLoader(architecture);
    const commands = this.loaded.map(({ calls }, index) => this.commands(index, calls));
    const { status, lines } = load(elf, { initial: 0, maximum: 0 }, commands.flat().join(""));
    assert.equal(status, 0, lines.at(-1));
    const answers = lines.values();
    const next = () => answers.next().value ?? assert.fail("an answer is missing");
    const wrong: string[] = [];
    let compared = 0;
    for (const [index, { script, wasm, calls }] of this.loaded.entries()) {
      assert.equal(next(), "0", `${script}: cannot be instantiated`);
      const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
      for (const one of calls) {
        const at = this.functionOf(index, one);
        if (at === undefined) continue;
        for (const _ of one.args) next();
        const result = next().split(" ", 2).join(" ");
        const objection = this.objection(index, at, one, result, instance);
        if (objection) wrong.push(`${script}:${one.line}: ${one.name}: ${objection}`);
        compared++;
      }
    }
    return { compared, wrong };
  }

  private commands(index: number, calls: readonly Call[]): string[] {
    const module = this.batch.modules[index] ?? assert.fail();
    const each = calls.flatMap((one) => {
      const at = this.functionOf(index, one);
      return at === undefined ? [] : [call(index, at, one.args)];
    });
    return [instantiate(index, module), ...each];
  }

  /** The index of the function to be called. Those with several results are not. */
  private functionOf(module: number, { name }: Call): number | undefined {
    const functions = this.batch.modules[module]?.functions ?? [];
    const index = functions.findIndex((one) => one.name === name);
    assert(index >= 0, name);
    return functions[index]?.result === "several" ? undefined : index;
  }

  /** What is wrong with a result of native code, if something is. */
  private objection(
    module: number,
    at: number,
    { line, name, args, expected }: Call,
    result: string,
    instance: WebAssembly.Instance,
  ): string | undefined {
    const { parameters = [], result: type } = this.batch.modules[module]?.functions[at] ?? {};
    const one = type === "several" ? undefined : type;
    const exported = instance.exports[name] as (...values: unknown[]) => unknown;
    const values = parameters.map((parameter, place) => toJs(parameter, args[place] ?? 0n));
    const inEngine = inV8(() => fromJs(one, exported(...values)));
    const nan = !result.startsWith("trap") && isNaNBits(one, BigInt(`0x${result}`));
    // A NaN's bits do not survive JavaScript's numbers.
    const blurred = parameters.some((parameter, place) => isNaNBits(parameter, args[place] ?? 0n));
    const same = inEngine === result || (nan && isNaNBits(one, BigInt(`0x${inEngine}`)));
    if (!same && !blurred) return `${result}; V8 says ${inEngine}`;
    if (expected === undefined) return undefined;
    if (typeof expected === "string") {
      const [, codes] = words.find(([pattern]) => pattern.test(expected)) ?? assert.fail(`${line}: ${expected}`);
      return codes.some((code) => result === `trap ${code}`) ? undefined : `${result}; expected ${expected}`;
    }
    const [wanted] = expected;
    if (wanted === "nan" || (wanted !== undefined && isNaNBits(one, wanted)))
      return nan ? undefined : `${result}; expected a NaN`;
    return result === (wanted ?? 0n).toString(16) ? undefined : `${result}; expected ${wanted?.toString(16)}`;
  }
}
