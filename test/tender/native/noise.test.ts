import assert from "node:assert/strict";
import { test } from "node:test";
import { hasKvm } from "../../support/native.ts";
import { runNoise } from "./noise.ts";

const GUESTS = 200;

for (const isolation of hasKvm ? ["seccomp", "kvm"] : ["seccomp"]) {
  test(`${GUESTS} guests of random code under ${isolation}`, () => {
    const { trap, other, late } = runNoise(isolation, GUESTS, 1);
    assert.equal(trap + other + late, GUESTS);
    assert.ok(trap > GUESTS / 4, `${trap} traps, ${other} others, ${late} late`);
  });
}
