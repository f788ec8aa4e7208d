import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as abi from "../../../runtime/abi/tender.ts";
import { filled, perform, sorted, step } from "./rwscript.ts";
import { Model, Store } from "./rwstore.ts";

const KIB = 1024;
const [E_TOO_LONG, E_CANCELLED] = [-68, -64];
const [VALUE, DICTIONARY] = [1, 2];
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));

describe("read-write store", () => {
  test("keeps what it is given, also when it is opened again", () => {
    const store = new Store({});
    assert.equal(store.set("/foo", bytesOf("Hello World!")), abi.OK);
    assert.deepEqual(store.get("/foo"), bytesOf("Hello World!"));
    assert.equal(store.sync(), abi.OK);
    const again = new Store({ disk: store.disk });
    assert.deepEqual(again.get("/foo"), bytesOf("Hello World!"));
    assert.equal(again.size("/foo"), 12);
    assert.equal(again.get("/bar"), abi.E_NOT_FOUND);
    assert.ok(again.modified("/foo") > 1.79e18);
  });

  test("does what a map does, whatever is done to it, and is what it was when it is opened again", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 12, arbitrary: step }, { weight: 1, arbitrary: fc.constant("reopen" as const) }), {
          maxLength: 60,
        }),
        fc.constantFrom(512, 4096),
        fc.constantFrom(256 * KIB, 1024 * KIB),
        (steps, blockSize, size) => {
          const model = new Model();
          let store = new Store({ disk: new Uint8Array(size), blockSize, cache: 0 });
          for (const what of [...steps, "reopen" as const]) {
            if (what === "reopen") {
              assert.equal(store.sync(), abi.OK);
              store = new Store({ disk: store.disk, blockSize });
              assert.deepEqual(sorted(store.contents()), sorted(model.values));
            } else {
              const said = perform(what, store, model);
              assert.equal(said.store, said.model, JSON.stringify(what));
            }
          }
          for (const key of ["", "/a", "/b", "/a/b"]) assert.deepEqual(store.list(key), model.list(key), key);
        },
      ),
      { numRuns: 60 },
    );
  });
});
