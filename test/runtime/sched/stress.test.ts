import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { compileGuest, type GuestOptions } from "../../support/guest.ts";

const FIBERS = Number(process.env["FATA_STRESS_FIBERS"] ?? 40);

function replaced(file: string, anchor: string, replacement: string): Record<string, string> {
  const text = readFileSync(path.join(packageRoot, "runtime", `${file}.ts`), "utf8");
  assert.ok(text.includes(anchor), `${file} has changed: the test must find "${anchor}"`);
  return { [`fata/${file}`]: text.replace(anchor, replacement) };
}

/** Collects after each turn of a fiber. */
const always = replaced(
  "sched/collect",
  "if (tight ? __memory_free() >= floor : __heap_used() < limit && !__memory_tight()) return;",
  "",
);
/** Does not visit suspended frames. */
const unrooted = replaced("sched/frames", "if (base) __visit(base, cookie);", "");

async function stress(options: GuestOptions): Promise<{ errors: number; checks: number }> {
  const guest = await compileGuest(import.meta.url, "stress.as.ts", options);
  const tender = guest.instantiate();
  tender.exports["setFibers"]?.(FIBERS);
  try {
    tender.start().advance(60_000);
  } catch {
    // A lost object may end in a trap as well as in a wrong value.
    return { errors: 1 + Number(tender.exports["errors"]?.()), checks: -1 };
  }
  assert.equal(tender.status, 0, "the job has ended");
  return { errors: Number(tender.exports["errors"]?.()), checks: Number(tender.exports["checks"]?.()) };
}

for (const mode of ["dev", "default"] as const) {
  test(`no object is lost that only suspended frames hold (${mode})`, async () => {
    const { errors, checks } = await stress({ mode, library: always });
    assert.equal(errors, 0);
    assert.equal(checks, FIBERS * 5 * 5 * 15);
  });

  test(`the same test finds lost objects when frames are not visited (${mode})`, async () => {
    const { errors } = await stress({ mode, library: { ...always, ...unrooted } });
    assert.ok(errors > 0, "the stress test must be able to fail");
  });
}
