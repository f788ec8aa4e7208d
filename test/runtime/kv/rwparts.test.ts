import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileGuest } from "../../support/guest.ts";
import { Random } from "../../support/random.ts";

const guest = await compileGuest(import.meta.url, "rwparts.as.ts");
const { exports } = guest.instantiate();
const call = (name: string, ...values: (number | bigint)[]): number => Number(exports[name]?.(...values));

describe("the table of names", () => {
  for (const keys of [150, 5000]) {
    test(`finds what is there, and nothing else, of ${keys} names that come and go`, () => {
      const random = new Random(keys);
      const model = new Map<number, number>();
      call("newTree");
      for (let i = 0; i < 8 * keys; i++) {
        const key = random.below(keys);
        const id = model.get(key);
        assert.equal(call("find", BigInt(key)), id ?? 0);
        // Full and nearly empty by turns.
        const adds = random.below(10) < (Math.floor((4 * i) / keys) % 2 === 0 ? 8 : 3);
        if (id === undefined && adds) model.set(key, call("add", BigInt(key)));
        else if (id !== undefined && !adds) {
          call("remove", id);
          model.delete(key);
        }
      }
      for (let key = 0; key < keys; key++) assert.equal(call("find", BigInt(key)), model.get(key) ?? 0);
    });
  }

  test("may become wider while a node is taken out of it", () => {
    call("newTree");
    const ids = Array.from({ length: 128 }, (_, i) => call("add", BigInt(i)));
    call("unlink", ids[5] ?? 0);
    for (let i = 128; i < 130; i++) ids.push(call("add", BigInt(i)));
    assert.equal(call("find", 5n), 0);
    call("link", ids[5] ?? 0);
    for (const [i, id] of ids.entries()) assert.equal(call("find", BigInt(i)), id);
  });

  test("can be made wide enough before there are nodes", () => {
    call("newTree");
    assert.equal(call("widenFor", 1000), 1);
    const ids = Array.from({ length: 1000 }, (_, i) => call("add", BigInt(i)));
    for (const [i, id] of ids.entries()) assert.equal(call("find", BigInt(i)), id);
    assert.equal(call("find", 1000n), 0);
  });
});

describe("segments", () => {
  /** Four of the log, which begin with frames 1 to 4: the first is full, of the others nothing is needed. */
  function four(): bigint[] {
    call("newSegments", 8);
    const addresses = [1n, 2n, 3n, 4n].map((sequence) => BigInt(call("takeForLog", sequence)));
    call("keep", addresses[0] ?? 0n, 7000);
    return addresses;
  }

  test("are free with a checkpoint when they are from before it, and nothing in them is needed", () => {
    four();
    assert.equal(call("unused"), 4);
    // The checkpoint was begun with frame 3: what the log holds from there on will be read at the next opening.
    call("settle", 3n, 8);
    assert.equal(call("unused"), 5);
    const free = [0, 0, 0, 0, 0].map(() => call("takeForLog", 9n));
    assert.deepEqual(free.map((address) => (address - 8192) / 8192).sort(), [1, 4, 5, 6, 7]);
    assert.equal(call("takeForLog", 9n), 0);
  });

  test("are kept while the log begins in them, or somebody reads them", () => {
    const [, second = 0n] = four();
    call("settle", 3n, 1);
    assert.equal(call("unused"), 4);
    call("pin", second);
    call("settle", 3n, 8);
    assert.equal(call("unused"), 4);
    call("unpin", second);
    call("settle", 3n, 8);
    assert.equal(call("unused"), 5);
  });

  test("are kept however many chunks in them are read", () => {
    const [, second = 0n] = four();
    for (let i = 0; i < 65_536; i++) call("pin", second);
    call("settle", 3n, 8);
    assert.equal(call("unused"), 4);
  });

  test("of a checkpoint are free when the next one counts, or when it is given up", () => {
    four();
    call("takeForCheckpoint");
    call("settle", 1n, 8);
    assert.equal(call("unused"), 3);
    call("takeForCheckpoint");
    call("giveUp");
    assert.equal(call("unused"), 3);
    call("takeForCheckpoint");
    call("settle", 1n, 8);
    assert.equal(call("unused"), 3);
  });

  test("are emptied, the emptiest first, if they are from before the sweep and nobody reads them", () => {
    const [first = 0n, second = 0n, third = 0n, fourth = 0n] = four();
    call("keep", second, 2000);
    call("keep", third, 1000);
    call("keep", fourth, 500);
    const moving = () => [first, second, third, fourth].map((address) => call("isMoving", address));
    call("choose", 2000n, 4n, 8);
    assert.deepEqual(moving(), [0, 0, 1, 0]);
    call("giveUp");
    assert.deepEqual(moving(), [0, 0, 0, 0]);
    call("pin", third);
    call("choose", 4000n, 9n, 1);
    assert.deepEqual(moving(), [0, 0, 0, 1]);
    call("release", fourth, 500);
    call("settle", 9n, 8);
    assert.equal(call("unused"), 5);
  });
});
