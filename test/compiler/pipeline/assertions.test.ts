import assert from "node:assert/strict";
import { test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { compileText } from "../../support/guest.ts";

/** Fails at line 4, 5, or at neither. */
const main = `
export function start(now: u64, wall: u64): u64 {
  const bytes = new StaticArray<u8>(4);
  assert(now != 1, "the message");
  assert(now != 2);
  return bytes[<i32>now];
}
`;

test("failing assertions of optimised images tell message, file and line", async () => {
  const guest = await compileText(main, packageRoot, { mode: "default" });
  const printed = (now: bigint) => {
    const tender = guest.instantiate();
    assert.throws(() => tender.exports["start"]?.(now, 0n), WebAssembly.RuntimeError);
    return tender.lines;
  };
  assert.deepEqual(printed(1n), ["panic: the message at dist/main.ts:4"]);
  assert.deepEqual(printed(2n), ["panic: assertion failed at dist/main.ts:5"]);
  assert.match(printed(9n).join(), /^panic: Index out of range at ~lib\/staticarray.ts:\d+$/);
});
