import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { sectionsOf } from "../../compiler/pipeline/sections.ts";
import { Example } from "./example.ts";

/** Ids of wasm's sections (core specification, 5.5.2). */
const [TABLE, ELEMENT, CODE] = [4, 9, 10];

const [functor, noop] = await Promise.all([Example.build("noop-functor", { native: true }), Example.build("noop")]);
const [applied, plain] = [functor, noop].map(({ image }) => sectionsOf(readFileSync(image)));

describe("examples/noop-functor", () => {
  test("is small", () => functor.checkSize());

  test("ends well and says nothing on both tenders", async () => {
    for (const { tender, log } of await functor.runOnBoth()) assert.deepEqual(log, [], tender);
  });

  test("costs next to nothing, and has no table of functions for indirect calls", () => {
    assert(applied && plain);
    for (const id of [TABLE, ELEMENT]) assert(!applied.some((section) => section.id === id));
    const [code, least] = [applied, plain].map(
      (list) => list.find(({ id }) => id === CODE)?.content.length ?? Number.NaN,
    );
    assert(
      code !== undefined && least !== undefined && code - least < 100,
      `${code} bytes of code for ${least} of noop's`,
    );
  });
});
