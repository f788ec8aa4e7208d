import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { root } from "../support/repository.ts";
import { keepFailure, parseInput, readCorpus } from "./corpus.ts";
import { FuzzFailure, fuzz } from "./engine.ts";
import { targets } from "./targets.ts";

const INPUTS = 3000;
const SEED = 1;

describe("a short run", () => {
  for (const [name, open] of Object.entries(targets)) {
    test(`${name}: the corpus and ${INPUTS} mutations`, async () => {
      const target = open();
      assert.equal(await fuzz(target, readCorpus(target.name), SEED, (fed) => fed < INPUTS), INPUTS);
    });
  }
});

test("a target that misbehaves is found, and its input is kept", async () => {
  const corpus = [Uint8Array.of(1, 2, 3, 4)];
  const planted = {
    name: "planted",
    feed(input: Uint8Array) {
      if (input[2] === 0xff) throw new Error("the planted fault");
    },
  };
  let failure: FuzzFailure | undefined;
  await assert.rejects(
    () => fuzz(planted, corpus, SEED, (fed) => fed < 100_000),
    (error) => {
      failure = error instanceof FuzzFailure ? error : undefined;
      return failure !== undefined;
    },
  );
  assert.equal(failure?.message, "planted: the planted fault");
  assert.equal(failure?.input[2], 0xff);
  const file = keepFailure("planted", failure?.input ?? new Uint8Array(), failure?.message ?? "");
  try {
    assert.deepEqual(parseInput(readFileSync(file, "utf8"), file), failure?.input);
  } finally {
    rmSync(file);
  }
});

test("the same seed feeds the same inputs", async () => {
  const inputs = async (seed: number) => {
    const fed: string[] = [];
    const record = { name: "record", feed: (input: Uint8Array) => void fed.push(Buffer.from(input).toString("hex")) };
    await fuzz(record, readCorpus("frames"), seed, (count) => count < 500);
    return fed;
  };
  assert.deepEqual(await inputs(3), await inputs(3));
  assert.notDeepEqual(await inputs(3), await inputs(4));
});

test("a corpus file says what it expected", () => {
  assert.throws(() => parseInput("0g", "x.hex"), /x\.hex: expected pairs of hexadecimal digits/);
  assert.throws(() => parseInput("012", "x.hex"), /x\.hex: expected pairs/);
  assert.deepEqual(parseInput("# a comment\n01 02 # another\n03\n", "x.hex"), Uint8Array.of(1, 2, 3));
});

describe("the command", () => {
  const run = (...args: string[]) => {
    return spawnSync(process.execPath, [path.join(root, "build/test/fuzz/run.js"), ...args], { encoding: "utf8" });
  };

  test("fuzzes what is named for the time that is given", () => {
    const { status, stdout } = run("--seconds=0", "--seed=5", "addresses");
    assert.equal(status, 0);
    assert.match(stdout, /^addresses: \d+ inputs, seed 5\n$/);
  });

  test("refuses what it does not know", () => {
    for (const args of [["--seconds=soon"], ["--seed=-1"], ["nothing"], ["--what"]]) {
      const { status, stderr } = run(...args);
      assert.equal(status, 64, args.join(" "));
      assert.match(stderr, /^fuzz: .*; expected \[--seconds=N\]/);
    }
  });
});
