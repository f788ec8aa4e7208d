/** Programs that only compute (bench/images/compute): native code against V8, the same image. */
import { createHash } from "node:crypto";
import type { Bench } from "./bench.ts";
import { type Ground, nativeTender, tender } from "./ground.ts";
import { quantile, type Row, row } from "./table.ts";

/** What the programs have to come to, each of whose results is a word. */
const expected: Readonly<Record<string, number>> = {
  sha256: digest(Uint8Array.from({ length: 1 << 18 }, (_, i) => i * 7 + (i >> 8))),
  checksum: 2854982143,
  map: 34890, // 30,890 digits, and 4,000 odd keys
  interpreter: 2262, // primes below 20,000
  mandelbrot: 1138049,
};

/** Calls that are left out: in the first ones the engine compiles anew, and the map fills up. */
const WARM = 20;

function digest(message: Uint8Array): number {
  return createHash("sha256").update(message).digest().readUInt32BE(0);
}

/** Runs the image once. @returns each program's time in ms: the median of its calls */
async function measureOn(ground: Ground, ...command: [string, ...string[]]): Promise<Map<string, number>> {
  const lines = (await ground.run(...command)).trimEnd().split("\n");
  const times = new Map<string, number[]>(Object.keys(expected).map((name) => [name, []]));
  for (const line of lines) {
    const [name = "", result, ns] = line.split(",");
    const list = times.get(name);
    if (!list) throw new Error(`the image printed ${line}`);
    if (list.push(Number(ns) / 1e6) > WARM && Number(result) !== expected[name])
      throw new Error(`${name} came to ${result}; expected ${expected[name]}`);
  }
  return new Map([...times].map(([name, list]) => [name, quantile(list.slice(WARM), 0.5)]));
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Adds the value of each program to its list. */
function collect(lists: Map<string, number[]>, values: ReadonlyMap<string, number>): void {
  for (const [name, value] of values) lists.set(name, [...(lists.get(name) ?? []), value]);
}

export const compute: Bench = {
  name: "compute",
  async measure(ground, runs) {
    const image = await ground.image("bench/images/compute", "--native");
    const v8 = new Map<string, number[]>();
    const native = new Map<string, number[]>();
    const means: number[] = [];
    for (let i = 0; i < runs; i++) {
      const a = await measureOn(ground, process.execPath, tender, "--isolation=v8", image);
      const b = await measureOn(ground, nativeTender, "--isolation=seccomp", image);
      collect(v8, a);
      collect(native, b);
      means.push(geometricMean([...a].map(([name, time]) => (b.get(name) ?? Number.NaN) / time)));
    }
    const rows: Row[] = [row("compute: time, native / V8, geometric mean", means, "", 2, { atMost: 0.9 })];
    for (const [name, times] of v8) {
      const others = native.get(name) ?? [];
      rows.push(
        row(
          `  ${name}: native / V8`,
          times.map((time, i) => (others[i] ?? Number.NaN) / time),
          "",
          2,
        ),
      );
      rows.push(row(`  ${name}: native`, others, " ms", 3));
    }
    return rows;
  },
};
