import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as abi from "../../../runtime/abi/tender.ts";
import { compileGuest } from "../../support/guest.ts";
import { stringAt } from "../../support/strings.ts";

const guest = await compileGuest(import.meta.url, "result.as.ts");

/** Codes by name, as the guest exports them. */
function guestCodes(): Map<string, number> {
  const { exports } = guest.instantiate();
  const codes = new Map<string, number>();
  for (const [name, value] of Object.entries(exports as unknown as Record<string, unknown>)) {
    if (value instanceof WebAssembly.Global) codes.set(name, value.value as number);
  }
  return codes;
}

describe("result", () => {
  const tender = guest.instantiate();
  const nameOf = (code: number) => stringAt(tender.memory, Number(tender.exports["resultName"]?.(code)));

  test("each code of the tender has its own name in the guest", () => {
    const codes = Object.entries(abi).filter(([name]) => name.startsWith("E_"));
    assert.ok(codes.length >= 9);
    for (const [name, code] of codes) {
      assert.ok(Number(code) < 0 && Number(code) > -64, name);
      assert.equal(nameOf(Number(code)), name);
    }
    assert.equal(nameOf(abi.OK), "OK");
  });

  test("each code of the guest has its name, and none is the tender's", () => {
    const codes = guestCodes();
    assert.equal(codes.get("OK"), abi.OK);
    codes.delete("OK");
    assert.ok(codes.size >= 9);
    for (const [name, code] of codes) {
      assert.ok(code <= -64, name);
      assert.equal(nameOf(code), name);
    }
    assert.equal(new Set(codes.values()).size, codes.size);
  });

  test("counts are successes, other codes are unknown", () => {
    assert.equal(nameOf(17), "OK");
    assert.equal(nameOf(-63), "unknown result");
    assert.equal(nameOf(-2147483648), "unknown result");
  });
});
