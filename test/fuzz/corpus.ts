/**
 * The corpus: inputs from which mutations start, and inputs that once failed. They are files in git, of hexadecimal
 * digits so that a change can be read; white space does not count, nor what follows a `#`.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../support/repository.ts";

const CORPUS = path.join(root, "test/fuzz/corpus");
const FAILURES = path.join(root, "build/fuzz");

/** The inputs of a target, in the order of their files' names. Throws when there are none. */
export function readCorpus(target: string): Uint8Array[] {
  const folder = path.join(CORPUS, target);
  const files = readdirSync(folder).filter((name) => name.endsWith(".hex"));
  if (files.length === 0) throw new Error(`no *.hex in ${folder}`);
  return files.sort().map((name) => parseInput(readFileSync(path.join(folder, name), "utf8"), name));
}

/** Reads one input. @param name for the error's message */
export function parseInput(text: string, name: string): Uint8Array {
  const digits = text.replace(/#.*|\s/g, "");
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) throw new Error(`${name}: expected pairs of hexadecimal digits`);
  return new Uint8Array(Buffer.from(digits, "hex"));
}

/** Writes an input that failed. @returns the file */
export function keepFailure(target: string, input: Uint8Array, why: string): string {
  mkdirSync(FAILURES, { recursive: true });
  const hash = createHash("sha256").update(input).digest("hex").slice(0, 12);
  const file = path.join(FAILURES, `${target}-${hash}.hex`);
  const lines =
    Buffer.from(input)
      .toString("hex")
      .match(/.{1,64}/g) ?? [];
  writeFileSync(file, `# ${why.split("\n")[0]}\n${lines.join("\n")}\n`);
  return file;
}
