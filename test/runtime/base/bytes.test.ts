import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";

const guest = await compileGuest(import.meta.url, "bytes.as.ts");

function fresh() {
  const tender = guest.instantiate();
  const { exports } = tender;
  const at = Number(exports["allocate"]?.(64));
  const call = (name: string, ...values: (number | bigint)[]) => exports[name]?.(...values);
  return { call, at, bytes: (address: number, length: number) => tender.memory.bytes(address, length) };
}

describe("bytes", () => {
  test("loads and stores are big-endian at any alignment", () => {
    const { call, at, bytes } = fresh();
    for (let shift = 0; shift < 8; shift++) {
      const p = at + shift;
      call("store16be", p, 0x0102);
      assert.deepEqual([...bytes(p, 2)], [1, 2]);
      assert.equal(call("load16be", p), 0x0102);
      call("store32be", p, 0x01020304);
      assert.deepEqual([...bytes(p, 4)], [1, 2, 3, 4]);
      assert.equal(call("load32be", p), 0x01020304);
      call("store64be", p, 0x0102030405060708n);
      assert.deepEqual([...bytes(p, 8)], [1, 2, 3, 4, 5, 6, 7, 8]);
      assert.equal(call("load64be", p), 0x0102030405060708n);
    }
  });

  test("every value survives, and nothing beside it is touched", () => {
    const { call, at, bytes } = fresh();
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(0xffffffff), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (a, b, c) => {
        bytes(at, 32).fill(0xee);
        call("store16be", at + 1, a);
        call("store32be", at + 5, b);
        call("store64be", at + 11, c);
        assert.equal(Number(call("load16be", at + 1)), a);
        assert.equal(Number(call("load32be", at + 5)) >>> 0, b);
        assert.equal(BigInt.asUintN(64, BigInt(call("load64be", at + 11) ?? 0)), c);
        for (const gap of [0, 3, 4, 9, 10, 19]) assert.equal(bytes(at, 32)[gap], 0xee);
      }),
    );
  });

  test("equal compares exactly the bytes asked for", () => {
    const { call, at, bytes } = fresh();
    for (let length = 0; length <= 24; length++) {
      bytes(at, 64).fill(7);
      assert.equal(call("equal", at, at + 32, length), 1);
      bytes(at, 64)[length] = 8; // one past the end
      assert.equal(call("equal", at, at + 32, length), 1);
      for (let wrong = 0; wrong < length; wrong++) {
        bytes(at, 64).fill(7);
        bytes(at, 64)[wrong] = 8;
        assert.equal(call("equal", at, at + 32, length), 0, `byte ${wrong} of ${length}`);
      }
    }
  });
});
