import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "ring.as.ts");
const { exports } = guest.instantiate();
const call = (name: string, ...values: number[]) => Number(exports[name]?.(...values)) >>> 0;

describe("ring", () => {
  test("lengths are powers of two", () => {
    const powers = Array.from({ length: 32 }, (_, i) => 2 ** i);
    for (const size of powers) assert.equal(call("isRingSize", size), 1, String(size));
    for (const size of [0, 3, 5, 6, 7, 9, 12, 4095, 4097, 0xffffffff]) assert.equal(call("isRingSize", size), 0);
  });

  test("counts and slots are right across the wrap of the indices", () => {
    const size = fc.nat(12).map((power) => 2 ** power);
    fc.assert(
      fc.property(size, fc.nat(0xffffffff), fc.nat(), (size, consumed, some) => {
        const filled = some % (size + 1);
        const produced = (consumed + filled) % 2 ** 32;
        assert.equal(call("ringFilled", produced, consumed), filled);
        assert.equal(call("ringRoom", produced, consumed, size), size - filled);
        assert.equal(call("ringSlot", produced, size), (consumed + filled) % size);
      }),
    );
  });
});
