import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "panic.as.ts");

/** Calls an export that must trap. @returns what it printed */
function trapped(name: string, ...values: number[]): string[] {
  const tender = guest.instantiate();
  assert.throws(() => tender.exports[name]?.(...values), WebAssembly.RuntimeError);
  return tender.lines;
}

describe("panic", () => {
  test("prints its message and traps", () => {
    assert.deepEqual(trapped("panics"), ["panic: the sky fell"]);
  });

  test("a failed assertion names its place", () => {
    const [line] = trapped("asserts", 0);
    assert.match(line ?? "", /^panic: value is zero: Größe 0 at \S*panic\.as\.ts:8:3$/);
    const tender = guest.instantiate();
    tender.exports["asserts"]?.(1);
    assert.deepEqual(tender.lines, []);
  });

  test("an assertion may have no message", () => {
    const [line] = trapped("assertsWithoutMessage", 0);
    assert.match(line ?? "", /^panic: assertion failed at \S*panic\.as\.ts:12:3$/);
  });

  test("failures of the library look the same", () => {
    const [line] = trapped("readsPastTheEnd", 3);
    assert.match(line ?? "", /^panic: Index out of range at ~lib\/array\.ts:\d+:\d+$/);
  });

  test("works when memory is exhausted", () => {
    const lines = trapped("exhausts");
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^panic: out of memory at ~lib\/rt\/tlsf\.ts:\d+:\d+$/);
  });
});
