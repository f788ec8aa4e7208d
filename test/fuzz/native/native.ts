/** The native tender's readers under sanitizers, guided by coverage: engine.c and a target each. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../support/repository.ts";
import { keepFailure, readCorpus } from "../corpus.ts";
import { makeSanitized, SANITIZERS, wrapped } from "../sanitized.ts";

/** Targets by name: NAME.c, test/fuzz/corpus/NAME. */
export const nativeTargets = ["image", "manifest", "section", "command"] as const;

/** What the engine reports of a run. */
export interface Run {
  readonly inputs: number;
  /** How many the target found good. */
  readonly accepted: number;
  /** How many reached something new. */
  readonly kept: number;
}

/** Functions of the C library that the engine takes the place of, besides `wrapped`. */
const COMPARISONS = ["memcmp", "strcmp"];

const COVERAGE = "-fsanitize-coverage=trace-pc,trace-cmp -fno-builtin";

/** Programs that fuzz. To be removed by `remove`. */
export class NativeFuzzer {
  private readonly folder = mkdtempSync(join(tmpdir(), "fata-fuzz-"));

  constructor() {
    makeSanitized(this.folder, COVERAGE);
    const warn = ["-std=gnu11", "-Wall", "-Wextra", "-Werror"];
    const wrap = [...wrapped, ...COMPARISONS].map((name) => `-Wl,--wrap=${name}`);
    // The engine itself is to be fast.
    for (const name of ["engine", "memory"])
      this.gcc("-O2", ...warn, "-c", "-o", join(this.folder, `${name}.o`), source(`${name}.c`));
    for (const name of nativeTargets) {
      const objects = [source(`${name}.c`), ...["engine.o", "memory.o", "readers.a"].map((o) => join(this.folder, o))];
      this.gcc(...SANITIZERS, ...warn, "-o", join(this.folder, name), ...objects, ...wrap);
    }
  }

  private gcc(...words: readonly string[]): void {
    execFileSync("gcc", words, { stdio: ["ignore", "ignore", "inherit"] });
  }

  /** Fuzzes a target. Throws when an input is not stood, and keeps that. */
  fuzz(name: string, seed: number, inputs: number): Run {
    const seeds = mkdtempSync(join(this.folder, "seeds-"));
    readCorpus(name).forEach((bytes, i) => {
      writeFileSync(join(seeds, String(i).padStart(3, "0")), bytes);
    });
    const { status, signal, stderr } = spawnSync(join(this.folder, name), [seeds, String(seed), String(inputs)], {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    const failure = join(seeds, "failure");
    if (existsSync(failure)) {
      const file = keepFailure(name, readFileSync(failure), stderr);
      assert.fail(`${stderr}\nkept as ${file}; mended, it belongs to test/fuzz/corpus/${name}/`);
    }
    assert.equal(status ?? signal, 0, stderr);
    const [fed = 0, accepted = 0, kept = 0] = (stderr.match(/\d+/g) ?? []).map(Number);
    return { inputs: fed, accepted, kept };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

function source(name: string): string {
  return join(root, "test/fuzz/native", name);
}
