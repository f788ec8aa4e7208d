import assert from "node:assert/strict";
import { test } from "node:test";
import { always, checksOf, stress, unrooted } from "./stress.ts";

const FIBERS = 40;

for (const mode of ["dev", "default"] as const) {
  test(`no object is lost that only suspended frames hold (${mode})`, async () => {
    const { errors, checks } = await stress(FIBERS, { mode, library: always });
    assert.equal(errors, 0);
    assert.equal(checks, checksOf(FIBERS));
  });

  test(`the same test finds lost objects when frames are not visited (${mode})`, async () => {
    const { errors } = await stress(FIBERS, { mode, library: { ...always, ...unrooted } });
    assert.ok(errors > 0, "the stress test must be able to fail");
  });
}
