/** The conformance suite in a machine: each image's native code prints what the contract says. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Architecture } from "../../compiler/native/architecture.ts";
import { companionNames, readCompanion } from "../conformance/companion.ts";
import {
  buildUnikernel,
  type Case,
  companionCases,
  disk,
  expectedFile,
  prepare,
  type Seen,
  transcript,
  UNIKERNEL,
  unikernelCases,
  unikernelTranscript,
} from "../conformance/run.ts";
import { withNative } from "../tender/engine.ts";
import { type Batch, busybox } from "./batch.ts";

const DISK = "/conformance/disk.img";

interface Subject {
  readonly name: string;
  readonly image: Uint8Array;
  readonly cases: readonly Case[];
  readonly transcript: (seen: readonly Seen[]) => string;
}

function unikernel(architecture: Architecture): Subject {
  const folder = mkdtempSync(join(tmpdir(), "fata-machine-"));
  try {
    const path = join(folder, "image.wasm");
    buildUnikernel(path, [architecture.name]);
    return { name: UNIKERNEL, image: readFileSync(path), cases: unikernelCases, transcript: unikernelTranscript };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function companion(name: string, architecture: Architecture): Subject {
  const read = readCompanion(name);
  return { name, image: withNative(read.bytes, architecture.name), cases: companionCases(read), transcript };
}

/** Adds one run. Returns what it comes to, for after the boot. */
function addCase(batch: Batch, tender: readonly string[], image: string, run: Case): () => Seen {
  const { command, disks } = prepare(run, tender, [busybox, "sh"], image, "/tmp");
  for (const path of disks) batch.add(busybox, "cp", DISK, path);
  const ran = batch.add(...command);
  const compared = disks.map((path) => batch.add(busybox, "cmp", DISK, path));
  return () => ({ ...batch.result(ran), untouched: compared.every((number) => batch.result(number).status === 0) });
}

/**
 * Adds the suite to what a machine is to run, and the tests of what comes out.
 * @param isolations each image is run under each of them
 */
export function addConformance(
  batch: Batch,
  tender: string,
  architecture: Architecture,
  isolations: readonly string[],
): void {
  const subjects = [...companionNames().map((name) => companion(name, architecture)), unikernel(architecture)];
  batch.place({ [DISK]: disk });
  for (const { name, image, cases, transcript } of subjects) {
    const path = `/conformance/${name}.wasm`;
    batch.place({ [path]: image });
    for (const isolation of isolations) {
      const seen = cases.map((run) => addCase(batch, [tender, `--isolation=${isolation}`], path, run));
      test(`conformance under ${isolation}: ${name}`, () => {
        const text = transcript(seen.map((get) => get()));
        assert.equal(text, readFileSync(expectedFile(name), "utf8"));
      });
    }
  }
}
