/** More fibers than CI has time for: a collection after each turn costs as much as all of them hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { always, checksOf, stress } from "./stress.ts";

const FIBERS = 900;

for (const mode of ["dev", "default"] as const) {
  test(`no object is lost among ${FIBERS} fibers (${mode})`, async () => {
    const { errors, checks } = await stress(FIBERS, { mode, library: always });
    assert.equal(errors, 0);
    assert.equal(checks, checksOf(FIBERS));
  });
}
