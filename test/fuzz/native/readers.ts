/**
 * The native tender's readers in C, called from here: what they and the ones in TypeScript make of the same bytes must be
 * the same. Each gives a list of texts, or a line that says what is wrong.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../support/repository.ts";
import { wrapped } from "../sanitized.ts";

export interface Readers {
  /** Name, version, build, pages; name and kind of each device; each argument, and whether its doc is a value of it. */
  readManifest(bytes: Uint8Array): string[] | string;
  /** Each section, import and export; memories; tables. */
  readOutline(bytes: Uint8Array): string[] | string;
  /** A manifest, a zero, then words that end with zeros: the options, the devices' options, the image's arguments. */
  readWords(bytes: Uint8Array): string[] | string;
}

let loaded: Readers | undefined;

/** Builds the readers at the first call. */
export function openReaders(): Readers {
  loaded ??= build();
  return loaded;
}

function build(): Readers {
  const folder = mkdtempSync(join(tmpdir(), "fata-readers-"));
  try {
    const core = join(root, "tender/native");
    execFileSync("make", ["-s", "-C", core, `BUILD=${folder}`, join(folder, "readers.a")], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const { include_dir } = createRequire(import.meta.url)("node-api-headers") as { include_dir: string };
    const addon = join(folder, "readers.node");
    execFileSync("gcc", [
      ...["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-isystem", include_dir],
      ...["-o", addon, ...["readers.c", "memory.c"].map((name) => join(root, "test/fuzz/native", name))],
      ...[join(folder, "readers.a"), ...wrapped.map((name) => `-Wl,--wrap=${name}`)],
    ]);
    const holder = { exports: {} };
    process.dlopen(holder, addon);
    return holder.exports as Readers;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Compares what both have read. Throws where they differ.
 * @param what is read
 * @param here the answer of TypeScript; of a refusal, its line
 * @param there the answer of C
 * @param lines whether refusals are to be the same, too
 */
export function compareAnswers(
  what: string,
  here: string[] | string,
  there: string[] | string,
  { lines = true } = {},
): void {
  const refused = typeof here === "string" && typeof there === "string";
  if (refused && !lines) return;
  if (JSON.stringify(here) === JSON.stringify(there)) return;
  throw new Error(`${what}: TypeScript says ${JSON.stringify(here)}, C says ${JSON.stringify(there)}`);
}
