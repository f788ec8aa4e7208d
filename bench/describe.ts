/** The time of `fata describe`, and what the devices of config.ts add to `fata build`. */
import { performance } from "node:perf_hooks";
import type { Bench } from "./bench.ts";
import { fata, type Ground } from "./ground.ts";
import { row } from "./table.ts";

/** From exec to exit, in ms. */
async function time(ground: Ground, ...words: string[]): Promise<number> {
  const begin = performance.now();
  await ground.run(process.execPath, ...words);
  return performance.now() - begin;
}

function difference(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value - (b[i] ?? Number.NaN));
}

export const describe: Bench = {
  name: "describe",
  async measure(ground, runs) {
    const told: number[] = [];
    const node: number[] = [];
    const short: number[] = [];
    const long: number[] = [];
    const build = (length: string): Promise<number> =>
      time(ground, fata, "build", "bench/images/links", "--dev", `--length=${length}`, "-o", ground.file("links.wasm"));
    for (let i = 0; i < runs; i++) {
      told.push(await time(ground, fata, "describe", "examples/hello"));
      node.push(await time(ground, "-e", "0"));
      short.push(await build("short"));
      long.push(await build("long"));
    }
    return [
      row("fata describe examples/hello, above node -e 0", difference(told, node), " ms", 0, { atMost: 500 }),
      row("20 devices instead of 2, in fata build --dev", difference(long, short), " ms", 0, { atMost: 50 }),
    ];
  },
};
