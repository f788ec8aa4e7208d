import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileGuest } from "../../support/guest.ts";
import { octets } from "./octets.ts";

const { exports, memory } = (await compileGuest(import.meta.url, "datagramqueue.as.ts")).instantiate();
const call = (name: string, ...values: number[]): number => Number(exports[name]?.(...values)) >>> 0;
const at = call("scratch");

function push(length: number, port: number): boolean {
  memory.bytes(at, length).set(octets(length));
  return call("push", 0x0a000000 + length, port, at, length) !== 0;
}

/** Checks the oldest datagram and removes it. */
function take(length: number, port: number): void {
  assert.equal(call("empty"), 0);
  assert.equal(call("length"), length);
  assert.equal(call("address"), 0x0a000000 + length);
  assert.equal(call("port"), port);
  assert.deepEqual(memory.bytes(call("front"), length).slice(), octets(length));
  call("shift");
}

test("behaves as a list does, whatever is pushed and taken", () => {
  const SIZE = 400;
  const operations = fc.array(fc.option(fc.nat(150), { freq: 2 }), { maxLength: 200 });
  fc.assert(
    fc.property(operations, (operations) => {
      call("make", SIZE);
      const model: [length: number, port: number][] = [];
      for (const [index, length] of operations.entries()) {
        if (length === null) {
          const oldest = model.shift();
          if (oldest) take(...oldest);
        } else if (push(length, index)) {
          model.push([length, index]);
        } else {
          // Refused only if it may not fit: wrapping around wastes at most one record's room at the end.
          const used = model.reduce((sum, [length]) => sum + 16 + ((length + 3) & ~3), 0);
          assert.ok(used + 2 * (16 + 152) > SIZE, `${used} octets used, ${length} more refused`);
        }
        assert.equal(call("empty") !== 0, model.length === 0);
      }
      for (const rest of model) take(...rest);
      assert.equal(call("empty"), 1);
    }),
    { numRuns: 500 },
  );
});

test("an empty queue takes what fills it exactly, and nothing larger", () => {
  call("make", 116);
  assert.equal(push(101, 1), false);
  for (let round = 0; round < 3; round++) {
    assert.equal(push(100, round), true);
    assert.equal(push(0, 9), false);
    take(100, round);
  }
});

test("nothing behind the block is written, even when it is full to its end", () => {
  call("make", 116);
  push(20, 1);
  const block = call("front") - 16;
  const behind = memory.u32(block + 116);
  assert.equal(push(64, 2), true);
  take(20, 1);
  assert.equal(push(12, 3), true);
  assert.equal(memory.u32(block + 116), behind);
  take(64, 2);
  take(12, 3);
});

test("records of no octets are counted too", () => {
  call("make", 64);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((port) => push(0, port)),
    [true, true, true, true, false],
  );
  take(0, 1);
  assert.equal(push(0, 6), true);
  for (const port of [2, 3, 4, 6]) take(0, port);
});
