/** The time of `fata build`, from exec to exit. */
import { performance } from "node:perf_hooks";
import type { Bench } from "./bench.ts";
import { fata, type Ground } from "./ground.ts";
import { row } from "./table.ts";

async function timeBuild(ground: Ground, ...options: string[]): Promise<number> {
  const begin = performance.now();
  await ground.run(process.execPath, fata, "build", "examples/hello", "-o", ground.file("build.wasm"), ...options);
  return (performance.now() - begin) / 1000;
}

export const build: Bench = {
  name: "build",
  async measure(ground, runs) {
    const whole: number[] = [];
    const dev: number[] = [];
    for (let i = 0; i < runs; i++) {
      whole.push(await timeBuild(ground));
      dev.push(await timeBuild(ground, "--dev"));
    }
    return [
      row("fata build examples/hello", whole, " s", 2, { atMost: 7 }),
      row("fata build --dev examples/hello", dev, " s", 2, { atMost: 3 }),
    ];
  },
};
