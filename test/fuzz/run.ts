/**
 * `npm run fuzz -- [--seconds=N] [--seed=N] [TARGET...]`: fuzzes all targets, or those that are named, for N seconds
 * together (10 unless told otherwise). A failure is written to build/fuzz/ and ends the run with status 1.
 */
import { parseArgs } from "node:util";
import { keepFailure, readCorpus } from "./corpus.ts";
import { FuzzFailure, fuzz } from "./engine.ts";
import { targets } from "./targets.ts";

const USAGE = 64;

function usage(message: string): never {
  console.error(`fuzz: ${message}; expected [--seconds=N] [--seed=N] [${Object.keys(targets).join(" | ")}]...`);
  process.exit(USAGE);
}

function readOptions(): { seconds: number; seed: number; names: string[] } {
  try {
    const options = { seconds: { type: "string" }, seed: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const { seconds = "10", seed = String(Date.now() & 0x7fffffff) } = values;
    if (!/^\d{1,6}$/.test(seconds)) usage(`--seconds=${seconds} is not a number of seconds`);
    if (!/^\d{1,10}$/.test(seed)) usage(`--seed=${seed} is not a number`);
    const unknown = positionals.find((name) => !targets[name]);
    if (unknown !== undefined) usage(`there is no target ${unknown}`);
    const names = positionals.length ? positionals : Object.keys(targets);
    return { seconds: Number(seconds), seed: Number(seed), names };
  } catch (error) {
    usage(error instanceof Error ? error.message : String(error));
  }
}

const { seconds, seed, names } = readOptions();
for (const name of names) {
  const target = targets[name]?.();
  if (!target) continue;
  const end = performance.now() + (seconds * 1000) / names.length;
  try {
    // Looking at the clock each time would take longer than some targets do.
    const fed = await fuzz(target, readCorpus(target.name), seed, (fed) => fed % 64 !== 0 || performance.now() < end);
    console.log(`${name}: ${fed} inputs, seed ${seed}`);
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    const file = keepFailure(name, error.input, error.message);
    console.error(`${error.message}\n  input ${error.after} of seed ${seed}, kept as ${file}`);
    console.error(
      `  repeat: npm run fuzz -- --seed=${seed} ${name}; mended, it belongs to test/fuzz/corpus/${target.name}/`,
    );
    console.error(error.cause);
    process.exit(1);
  }
}
