/** What the read-write store keeps in memory of what was used last. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as abi from "../../../runtime/abi/tender.ts";
import { filled } from "./rwscript.ts";
import { Store } from "./rwstore.ts";

const KIB = 1024;

describe("the cache of a read-write store", () => {
  test("keeps what is used, whatever else comes and goes", () => {
    const store = new Store({ disk: new Uint8Array(16 * KIB * KIB), cache: 1 });
    const reads = () => store.block.requests.filter(({ operation }) => operation === abi.BLOCK_OP_READ).length;
    const hot = filled(10 * KIB, 1);
    assert.equal(store.set("/hot", hot), abi.OK);
    assert.equal(store.set("/cold", hot), abi.OK);
    const before = reads();
    for (let i = 0; i < 400; i++) {
      assert.equal(store.set(`/other/${i}`, filled(10 * KIB, i)), abi.OK);
      if (i % 16 === 0) assert.deepEqual(store.get("/hot"), hot);
    }
    assert.equal(reads(), before);
    assert.deepEqual(store.get("/cold"), hot);
    assert.ok(reads() > before);
  });

  test("makes room in time, also when all that it holds was used", () => {
    const store = new Store({ disk: new Uint8Array(16 * KIB * KIB), cache: 1 });
    for (let i = 0; i < 2000; i++) assert.equal(store.set(`/small/${i}`, filled(400, i)), abi.OK);
    for (let i = 0; i < 2000; i++) assert.deepEqual(store.get(`/small/${i}`), filled(400, i));
    for (let i = 0; i < 40; i++) {
      const large = filled(32 * KIB, i);
      assert.equal(store.set(`/large/${i}`, large), abi.OK);
      assert.deepEqual(store.get(`/large/${i}`), large);
    }
    for (let i = 0; i < 2000; i += 100) assert.deepEqual(store.get(`/small/${i}`), filled(400, i));
  });
});
