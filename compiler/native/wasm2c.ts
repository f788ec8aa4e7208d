/** Runs wasm2c of the WebAssembly Binary Toolkit, which npm's package has as a program only. */
import { createRequire } from "node:module";
import { stripVTControlCharacters } from "node:util";
import { Worker } from "node:worker_threads";

/** It takes a second for a megabyte. */
const TIMEOUT_MS = 60_000;

/** Enough for all that wasm2c itself allows to be nested. */
const STACK_MIB = 256;

/** Which wasm2c this is, for the key of the cache. */
export function wasm2cVersion(): string {
  return createRequire(import.meta.url)("wabt/package.json").version;
}

/**
 * Runs it with the words of a command line.
 * @throws Error with what it has said, when it fails
 */
export async function wasm2c(...words: readonly string[]): Promise<void> {
  const worker = new Worker(new URL("wasm2c-worker.js", import.meta.url), {
    argv: [...words],
    resourceLimits: { stackSizeMb: STACK_MIB },
  });
  let said = "";
  worker.on("message", (text: string) => {
    said += text;
  });
  const timer = setTimeout(() => {
    said += `error: it came to no end in ${TIMEOUT_MS / 1000} s`;
    worker.terminate();
  }, TIMEOUT_MS);
  try {
    const status = await new Promise<number>((resolve, reject) => worker.once("error", reject).once("exit", resolve));
    if (status !== 0) throw new Error(stripVTControlCharacters(said));
  } finally {
    clearTimeout(timer);
  }
}
