import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { packageRoot } from "../../../compiler/package.ts";
import { segmentsOf } from "../../../compiler/pipeline/data.ts";
import { memoryOf } from "../../../compiler/pipeline/sections.ts";
import { textsIn } from "../../../compiler/pipeline/texts.ts";
import { compileText } from "../../support/guest.ts";

/** The longest that is packed, and one more character. */
const LONG = "0123456789abcde".repeat(17);
const LONGER = `${LONG}f`;

/** Says texts of all kinds, with 2 MiB between two of them. */
const main = `
import { log, Fiber } from "fata";
import { boot } from "fata/sched/loop";
export { step } from "fata/sched/loop";
const first = "one";
const far = memory.data(2097152);
const DAYS = "SunMonTueWedThuFriSat";
/** Counts from "a", so that constants add up to an address before the text. */
function dayOf(letter: i32): i32 {
  return load<u16>(changetype<usize>(DAYS) + ((<usize>letter - 0x61) << 1));
}
class Job extends Fiber {
  run(): void {
    const texts = [first, "", "caf\\u00e9 \\u00ff", "5 \\u20ac", "${LONG}", "${LONGER}", "a", "the last"];
    for (let i = 0; i < texts.length; i++) log.info(texts[i] + "|");
    store<u8>(far, 1);
    log.info(String.fromCharCode(dayOf(0x61 + <i32>load<u8>(far) - 1)) + "|");
  }
}
export function start(now: u64, wall: u64): u64 { return boot(new Job(), now, wall); }
`;

describe("static strings", async () => {
  const guest = await compileText(main, packageRoot, { mode: "default" });
  const packed = segmentsOf(guest.wasm).at(-1) ?? { address: 0, content: new Uint8Array() };

  test("are where the program looks for them, whatever they hold", () => {
    const lines = guest
      .instantiate()
      .start()
      .lines.map((line) => line.replace(/.*\[application\] /, ""));
    assert.deepEqual(lines, ["one|", "|", "café ÿ|", "5 €|", `${LONG}|`, `${LONGER}|`, "a|", "the last|", "S|"]);
  });

  test("are packed, where their characters have an octet each", () => {
    const texts = textsIn(packed.content);
    for (const text of ["one", "café ÿ", LONG, "a", "the last"]) assert(texts.includes(text), text);
    for (const text of ["5 €", LONGER]) assert(!texts.includes(text), text);
    assert(!Buffer.from(guest.wasm).includes(Buffer.from("the last", "utf16le")));
  });

  test("leave nothing behind where the heap begins", () => {
    const tender = guest.instantiate();
    const { address, content } = packed;
    assert(address + content.length <= memoryOf(guest.wasm).initial * 65536, "the memory holds them at first");
    assert(Buffer.from(tender.memory.bytes(address, content.length)).equals(content));
    tender.start();
    assert(!Buffer.from(tender.memory.bytes(address, content.length)).includes("the last"));
  });
});
