/** The stress test of rooted frames (stress.as.ts): its variants, and a run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../../compiler/package.ts";
import { compileGuest, type GuestOptions } from "../../support/guest.ts";

function replaced(file: string, anchor: string, replacement: string): Record<string, string> {
  const text = readFileSync(path.join(packageRoot, "runtime", `${file}.ts`), "utf8");
  assert.ok(text.includes(anchor), `${file} has changed: the test must find "${anchor}"`);
  return { [`fata/${file}`]: text.replace(anchor, replacement) };
}

/** Collects after each turn of a fiber. */
export const always = replaced(
  "sched/collect",
  "if (!wanted && (tight ? __memory_free() >= floor : __heap_used() < limit && !__memory_tight())) return;",
  "",
);
/** Does not visit suspended frames. */
export const unrooted = replaced("sched/frames", "if (base) __visit(base, cookie);", "");

/**
 * Runs the stress image.
 * @param fibers how many build, hold and check objects
 * @returns how many objects were wrong, and how many were looked at
 */
export async function stress(fibers: number, options: GuestOptions): Promise<{ errors: number; checks: number }> {
  const guest = await compileGuest(import.meta.url, "stress.as.ts", options);
  const tender = guest.instantiate();
  tender.exports["setFibers"]?.(fibers);
  try {
    tender.start().advance(60_000);
  } catch {
    // A lost object may end in a trap as well as in a wrong value.
    return { errors: 1 + Number(tender.exports["errors"]?.()), checks: -1 };
  }
  assert.equal(tender.status, 0, "the job has ended");
  return { errors: Number(tender.exports["errors"]?.()), checks: Number(tender.exports["checks"]?.()) };
}

/** How many objects a sound run looks at: 5 rounds, each 5 deep, a tree of 15 at each depth. */
export function checksOf(fibers: number): number {
  return fibers * 5 * 5 * 15;
}
