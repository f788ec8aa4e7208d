/** The store kv_rw by what it promises. More than 400 lines: another file would build its guest once more. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import * as abi from "../../../runtime/abi/tender.ts";
import type { BlockRequest } from "../../support/block.ts";
import { filled, perform, sorted, step } from "./rwscript.ts";
import { Model, Store } from "./rwstore.ts";

const KIB = 1024;
const E_CANCELLED = -64;
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

  test("refuses keys that cannot be", () => {
    const store = new Store({});
    for (const key of ["", "/", "//", "/./a", "/a/..", `/${"x".repeat(256)}`, `/${"x/".repeat(600)}`])
      assert.equal(store.set(key, bytesOf("x")), abi.E_INVALID, key);
    assert.equal(store.set("a//b/", bytesOf("x")), abi.OK);
    assert.deepEqual(store.get("/a/b"), bytesOf("x"));
    assert.equal(store.set("/a", bytesOf("x")), abi.E_INVALID);
    assert.equal(store.set("/a/b/c", bytesOf("x")), abi.E_INVALID);
    assert.equal(store.exists("/a"), DICTIONARY);
    assert.equal(store.exists("/a/b"), VALUE);
    assert.equal(store.get("/a"), abi.E_NOT_FOUND);
    assert.equal(store.remove("/"), abi.E_INVALID);
    assert.equal(store.setPart("/a/b", 2, bytesOf("y")), abi.E_RANGE);
    assert.deepEqual(store.list("/"), ["a/"]);
    assert.deepEqual(store.set(`/${"y".repeat(255)}`, bytesOf("x")), abi.OK);
  });

  test("reads parts of values, from the disk and from memory", () => {
    for (const cache of [0, 1]) {
      const value = filled(100_000, 3);
      const store = new Store({ cache });
      assert.equal(store.set("/v", value), abi.OK);
      assert.equal(store.sync(), abi.OK);
      for (const again of [store, new Store({ disk: store.disk, cache })]) {
        for (const [from, length] of [
          [0, 1],
          [1023, 2],
          [50_000, 20_000],
          [99_999, 5],
          [100_000, 1],
        ] as const)
          assert.deepEqual(again.getPart("/v", from, length), value.slice(from, from + length));
      }
    }
  });

  test("a rename that is refused leaves nothing behind, however long the keys are", () => {
    const [one, other] = ["x", "y"].map((name) => `/${name.repeat(255)}`.repeat(3)) as [string, string];
    const store = new Store({ disk: new Uint8Array(256 * KIB), cache: 0 });
    for (const [to, outcome] of [
      [`${other}/..`, abi.E_INVALID],
      [one, abi.OK],
    ] as const) {
      store.set(one, bytesOf("1"));
      assert.equal(store.rename(one, to), outcome);
      store.set("/after", bytesOf(`${outcome}`));
      assert.equal(store.sync(), abi.OK);
      assert.deepEqual(new Store({ disk: store.disk.slice() }).get("/after"), bytesOf(`${outcome}`));
    }
  });

  test("a snapshot stays as it was", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.array(step, { maxLength: 12 }),
        fc.boolean(),
        (first, then, order) => {
          const [store, model] = [new Store({ disk: new Uint8Array(512 * KIB), cache: 0 }), new Model()];
          const snapshots: { number: number; contents: [string, string][]; list: string[] | number }[] = [];
          for (const steps of [first, then, then]) {
            snapshots.push({ number: store.snapshot(), contents: sorted(model.values), list: model.list("/a") });
            for (const what of steps) perform(what, store, model);
          }
          for (const { number, contents, list } of order ? snapshots : snapshots.toReversed()) {
            assert.deepEqual(sorted(store.contents(number)), contents);
            assert.deepEqual(store.list("/a", number), list);
            store.closeSnapshot(number);
            assert.equal(store.exists("/a", number), abi.E_NOT_FOUND);
          }
          assert.deepEqual(sorted(store.contents()), sorted(model.values));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("a snapshot keeps what it needs, however much is written", () => {
    const store = new Store({ disk: new Uint8Array(256 * KIB), cache: 0 });
    store.set("/kept", filled(3000, 1));
    store.set("/removed", filled(3000, 2));
    const snapshot = store.snapshot();
    store.remove("/removed");
    for (let i = 0; i < 400; i++) {
      assert.equal(store.set(`/${i % 10}`, filled(3000, i)), abi.OK);
      if (i % 7 === 0) assert.equal(store.sync(), abi.OK);
    }
    assert.deepEqual(store.get("/removed", snapshot), filled(3000, 2));
    assert.deepEqual(store.get("/kept", snapshot), filled(3000, 1));
    assert.deepEqual(store.list("/", snapshot), ["kept", "removed"]);
    store.closeSnapshot(snapshot);
  });

  test("fibers that sync at one time share a flush", () => {
    const store = new Store({});
    store.set("/first", bytesOf("x"));
    store.sync();
    const before = store.events.length;
    const sets = Array.from({ length: 20 }, (_, i) => store.begin("set", { key: `/${i}`, value: filled(50, i) }));
    const syncs = sets.map(() => store.begin("sync", {}));
    store.settle();
    for (const call of [...sets, ...syncs]) assert.equal(store.result(call), abi.OK);
    const after = store.events.slice(before);
    assert.equal(after.filter(({ flush }) => flush).length, 1);
    assert.equal(after.filter(({ flush }) => !flush).length, 1);
    assert.equal(new Store({ disk: store.disk }).contents().size, 21);
  });

  test("a flush makes durable what was written before it began, not what is written while it runs", () => {
    const store = new Store({ cache: 0 });
    store.set("/a", filled(400, 1));
    const held: BlockRequest[] = [];
    let release = false;
    store.block.order = (requests) => {
      const before = release ? held.splice(0) : [];
      release = false;
      held.push(...requests.filter(({ operation }) => operation === abi.BLOCK_OP_FLUSH));
      return [...requests.filter(({ operation }) => operation !== abi.BLOCK_OP_FLUSH), ...before];
    };
    const first = store.begin("sync", {});
    store.settle();
    assert.equal(held.length, 1);
    store.set("/b", filled(400, 2));
    const second = store.begin("sync", {});
    store.settle();
    // What takes more than a frame has the one with /b written.
    store.set("/c", filled(9000, 3));
    release = true;
    store.get("/c");
    assert.deepEqual([store.done(first), store.done(second), held.length], [true, false, 1]);
    release = true;
    store.get("/c");
    assert.equal(store.result(second), abi.OK);
  });

  test("a change that is cancelled before it has begun takes nothing with it that was changed before", () => {
    const store = new Store({ cache: 0 });
    store.set("/a", filled(400, 1));
    store.block.paused = true;
    const sync = store.begin("sync", {});
    store.settle();
    const set = store.begin("set", { key: "/b", value: filled(400, 2) });
    store.settle();
    assert.equal(store.result(set), abi.OK);
    // It takes several frames: those before have to be written first.
    const part = store.begin("setPart", { key: "/a", value: filled(3000, 3) });
    store.settle();
    store.cancel(part);
    store.settle();
    store.block.paused = false;
    store.settle();
    assert.deepEqual([store.result(sync), store.result(part)], [abi.OK, E_CANCELLED]);
    assert.equal(store.sync(), abi.OK);
    for (const it of [store, new Store({ disk: store.disk })]) assert.deepEqual(it.get("/b"), filled(400, 2));
  });

  test("fibers that write large values at one time do not disturb each other", () => {
    const store = new Store({ disk: new Uint8Array(8 * KIB * KIB), cache: 0 });
    const sets = Array.from({ length: 6 }, (_, i) => store.begin("set", { key: `/${i}`, value: filled(300_000, i) }));
    const reads = [0, 1, 2].map((i) => store.begin("get", { key: `/${i}` }));
    const syncs = [0, 1, 2].map(() => store.begin("sync", {}));
    store.settle();
    for (const call of [...sets, ...syncs]) assert.equal(store.result(call), abi.OK);
    for (const [i, call] of reads.entries())
      assert.deepEqual(
        store.result(call) < 0 ? "none" : store.bytes(call),
        store.result(call) < 0 ? "none" : filled(300_000, i),
      );
    for (let i = 0; i < 6; i++) assert.deepEqual(store.get(`/${i}`), filled(300_000, i));
  });

  test("a value that is replaced while it is read is read as it was, or as it is then", () => {
    const store = new Store({ disk: new Uint8Array(4 * KIB * KIB), cache: 0 });
    const [old, young] = [filled(200_000, 1), filled(200_000, 99)];
    store.set("/v", old);
    store.sync();
    store.block.paused = true;
    const read = store.begin("get", { key: "/v" });
    store.settle();
    const write = store.begin("set", { key: "/v", value: young });
    store.settle();
    store.block.paused = false;
    store.settle();
    assert.equal(store.result(write), abi.OK);
    assert.deepEqual(store.bytes(read), old);
    assert.deepEqual(store.get("/v"), young);
  });

  test("a call that is cancelled leaves the store usable", () => {
    const store = new Store({ disk: new Uint8Array(4 * KIB * KIB), cache: 0 });
    store.set("/a", filled(1000, 1));
    for (const operation of ["sync", "set"] as const) {
      store.block.paused = true;
      const call = store.begin(operation, { key: "/big", value: filled(300_000, 5) });
      store.settle();
      store.cancel(call);
      store.settle();
      store.block.paused = false;
      store.settle();
      assert.ok([abi.OK, E_CANCELLED].includes(store.result(call)));
      assert.equal(store.set("/b", filled(1000, 2)), abi.OK);
      assert.equal(store.sync(), abi.OK);
    }
    const again = new Store({ disk: store.disk });
    assert.deepEqual(again.get("/a"), filled(1000, 1));
    assert.deepEqual(again.get("/b"), filled(1000, 2));
    assert.ok([abi.E_NOT_FOUND, 300_000].includes(again.size("/big")));
  });

  test("a call that is cancelled while another fiber writes leaves the store usable", () => {
    for (let wait = 0; wait < 12; wait++) {
      const store = new Store({ disk: new Uint8Array(256 * KIB), cache: 0 });
      store.set("/a", filled(1000, 1));
      const begin = store.events.length;
      let call = -1;
      store.fault = () => {
        if (store.events.length === begin + wait) store.cancel(call);
        return undefined;
      };
      call = store.begin("set", { key: "/big", value: filled(60_000, 5) });
      for (let i = 0; i < 4; i++) store.begin("sync", {});
      store.settle();
      assert.ok([abi.OK, E_CANCELLED].includes(store.result(call)));
      assert.equal(store.set("/b", filled(1000, wait)), abi.OK, `${wait}`);
      assert.equal(store.sync(), abi.OK);
      assert.deepEqual(new Store({ disk: store.disk }).get("/b"), filled(1000, wait));
    }
  });

  test("a full store says so, and stays usable", () => {
    for (const length of [100, 1000, 30_000]) {
      const store = new Store({ disk: new Uint8Array(512 * KIB), cache: 0 });
      const kept = new Map<string, Uint8Array>();
      for (let i = 0; ; i++) {
        const value = filled(length, i);
        const outcome = store.set(`/k${i}`, value);
        if (outcome === abi.E_NO_SPACE) break;
        assert.equal(outcome, abi.OK);
        kept.set(`/k${i}`, value);
        if (i % 50 === 0) store.sync();
      }
      assert.equal(store.sync(), abi.OK);
      const used = kept.size * length;
      assert.ok(length < 1000 || used > 0.55 * store.disk.length, `full with ${kept.size} values of ${length} bytes`);
      // What is there can be read, replaced by something shorter, removed; then there is room again.
      for (let round = 0; round < 3; round++) {
        for (const key of [...kept.keys()].slice(0, 12)) {
          assert.equal(store.remove(key), abi.OK);
          kept.delete(key);
          assert.equal(store.sync(), abi.OK);
        }
        const value = filled(length, round);
        assert.equal(store.set(`/new${round}`, value), abi.OK);
        kept.set(`/new${round}`, value);
      }
      assert.equal(store.sync(), abi.OK);
      assert.deepEqual(sorted(new Store({ disk: store.disk }).contents()), sorted(kept));
    }
  });

  test("much that is overwritten takes no room", () => {
    const store = new Store({ disk: new Uint8Array(256 * KIB), cache: 0 });
    for (let i = 0; i < 1500; i++) {
      assert.equal(store.set(`/${i % 30}`, filled(3500, i)), abi.OK);
      if (i % 20 === 0) assert.equal(store.sync(), abi.OK);
    }
    store.sync();
    const again = new Store({ disk: store.disk });
    for (let i = 1470; i < 1500; i++) assert.deepEqual(again.get(`/${i % 30}`), filled(3500, i));
  });

  test("a write that fails is told, and done again with the next sync", () => {
    const store = new Store({});
    store.set("/a", bytesOf("1"));
    store.sync();
    store.set("/a", bytesOf("2"));
    for (const code of [abi.E_IO, abi.E_NO_SPACE]) {
      store.fault = ({ operation }) => (operation === abi.BLOCK_OP_WRITE ? code : undefined);
      assert.equal(store.sync(), code);
      assert.deepEqual(store.get("/a"), bytesOf("2"));
    }
    store.fault = () => undefined;
    assert.equal(store.sync(), abi.OK);
    assert.deepEqual(new Store({ disk: store.disk }).get("/a"), bytesOf("2"));
  });

  test("after a flush that failed nothing more is promised", () => {
    const store = new Store({});
    store.set("/a", bytesOf("1"));
    store.sync();
    store.set("/a", bytesOf("2"));
    store.fault = ({ operation }) => (operation === abi.BLOCK_OP_FLUSH ? abi.E_IO : undefined);
    assert.equal(store.sync(), abi.E_IO);
    store.fault = () => undefined;
    assert.equal(store.sync(), abi.E_IO);
    assert.equal(store.set("/a", bytesOf("3")), abi.E_IO);
    assert.deepEqual(store.get("/a"), bytesOf("2"));
    assert.ok(new Store({ disk: store.disk }).get("/a"));
  });

  test("a flush that fails is told to all who wait for it, also when the one who asked for it is cancelled", () => {
    const store = new Store({});
    store.set("/a", bytesOf("1"));
    // The disk tells it once.
    let told = 0;
    store.fault = ({ operation }) => (operation === abi.BLOCK_OP_FLUSH && told++ === 0 ? abi.E_IO : undefined);
    store.block.order = (requests) => {
      if (requests.some(({ operation }) => operation === abi.BLOCK_OP_FLUSH)) store.cancel(syncs[0] ?? -1);
      return requests;
    };
    const syncs = [store.begin("sync", {}), store.begin("sync", {})];
    store.settle();
    assert.deepEqual(
      syncs.map((call) => store.result(call)),
      [abi.E_IO, abi.E_IO],
    );
  });

  test("a value that cannot be read is told; the others can", () => {
    const store = new Store({ cache: 0 });
    store.set("/a", filled(900, 1));
    store.set("/b", filled(900, 2));
    store.sync();
    const at = Buffer.from(store.disk).indexOf(Buffer.from(filled(900, 1)));
    store.disk[at + 100] = (store.disk[at + 100] ?? 0) ^ 1;
    assert.equal(store.get("/a"), abi.E_IO);
    assert.deepEqual(store.get("/b"), filled(900, 2));
    store.fault = ({ operation }) => (operation === abi.BLOCK_OP_READ ? abi.E_IO : undefined);
    assert.equal(store.get("/b"), abi.E_IO);
  });
});

describe("the disk of a store", () => {
  const lines = (store: Store) => store.tender.lines.map((line) => line.replace(/^\S+ /, ""));

  test("is formatted when it is empty, and refused when it is not", () => {
    const empty = new Store({});
    assert.equal(empty.exists("/a"), abi.E_NOT_FOUND);
    assert.match(lines(empty)[0] ?? "", /an empty store of \d+ bytes was made/);
    for (const place of [0, 511, 4096, 70_000, 1024 * KIB - 1]) {
      const disk = new Uint8Array(1024 * KIB);
      disk[place] = 1;
      const other = new Store({ disk });
      assert.equal(other.exists("/a"), abi.E_INVALID);
      assert.equal(other.set("/a", bytesOf("x")), abi.E_INVALID);
      assert.equal(other.sync(), abi.E_INVALID);
      assert.equal(lines(other).length, 1);
      assert.match(lines(other)[0] ?? "", /not empty, and holds no store .*--format or: fata kv format DISK/);
      assert.equal(
        disk.reduce((sum, byte) => sum + byte, 0),
        1,
      );
      const told = new Store({ disk, format: true });
      assert.equal(told.set("/a", bytesOf("x")), abi.OK);
      assert.equal(told.sync(), abi.OK);
      assert.deepEqual(new Store({ disk }).get("/a"), bytesOf("x"));
    }
  });

  test("is formatted anew when that is told, and what was there does not come back", () => {
    const store = new Store({});
    for (let i = 0; i < 300; i++) {
      store.set(`/${i % 10}`, filled(5000, i));
      if (i % 3 === 0) store.sync();
    }
    const anew = new Store({ disk: store.disk, format: true });
    assert.deepEqual(anew.list("/"), []);
    anew.set("/only", bytesOf("x"));
    anew.sync();
    assert.deepEqual(new Store({ disk: store.disk }).list("/"), ["only"]);
  });

  test("is formatted again when the power failed while it was formatted", () => {
    const whole = new Store({});
    whole.exists("/a");
    const disk = new Uint8Array(1024 * KIB);
    disk.set(whole.disk.subarray(0, 40));
    assert.deepEqual(new Store({ disk }).list("/"), []);
  });

  test("is refused when its log has lost what was durable, and read where only its newest changes are gone", () => {
    const store = new Store({});
    for (let i = 0; i < 20; i++) {
      store.set(`/${i}`, filled(600, i));
      store.sync();
    }
    const frames = store.events.filter(({ flush, offset }) => !flush && offset >= 8192);
    assert.equal(frames.length, 20);
    const rotten = (disk: Uint8Array, frame: number) => {
      const copy = disk.slice();
      const at = (frames[frame]?.offset ?? 0) + 100;
      copy[at] = (copy[at] ?? 0) ^ 1;
      return new Store({ disk: copy });
    };
    // The superblock is from before them: this is what a power cut may leave.
    assert.equal(rotten(store.disk, 10).contents().size, 10);
    // Whoever opens the store and writes to it says that they are there.
    const again = new Store({ disk: store.disk });
    again.set("/more", filled(600, 1));
    again.sync();
    assert.equal(new Store({ disk: again.disk.slice() }).contents().size, 21);
    for (const frame of [0, 10, 19]) {
      const refused = rotten(again.disk, frame);
      assert.equal(refused.get("/0"), abi.E_INVALID);
      assert.equal(refused.set("/0", filled(1, 1)), abi.E_INVALID);
      assert.match(
        lines(refused)[0] ?? "",
        /the store is damaged; save what can be read by: fata kv export DISK FOLDER/,
      );
    }
  });

  test("tells of an opening before it moves anything: what comes after a sweep that failed is found", () => {
    const full = new Store({ disk: new Uint8Array(160 * KIB), cache: 0 });
    for (let i = 0; i < 40; i++) full.set(`/${i}`, filled(1500, i));
    for (let i = 0; i < 40; i++) if (i % 4) full.remove(`/${i}`);
    full.sync();
    let failed = 0;
    for (let writes = 0; writes < 12; writes++) {
      const store = new Store({ disk: full.disk.slice(), cache: 0 });
      let count = 0;
      store.fault = ({ operation }) => (operation === abi.BLOCK_OP_WRITE && count++ === writes ? abi.E_IO : undefined);
      if (store.set("/new", filled(60_000, 1)) !== abi.OK) failed++;
      store.fault = () => undefined;
      // After a superblock that could not be written, nothing more is.
      if (store.remove("/4") === abi.E_IO) continue;
      assert.equal(store.sync(), abi.OK);
      const contents = sorted(store.contents());
      assert.deepEqual(sorted(new Store({ disk: store.disk }).contents()), contents, `${writes}`);
    }
    assert.ok(failed > 2);
  });

  test("has each superblock durable, and all that it names before it, when anything else is written", () => {
    const store = new Store({ disk: new Uint8Array(160 * KIB), blockSize: 512, cache: 0 });
    for (let i = 0; i < 400; i++) {
      store.set(`/${i % 9}`, filled(2000 + i, i));
      if (i % 7 === 0) store.sync();
    }
    const events = store.events.slice(store.events.findIndex(({ flush }) => flush) + 1);
    const superblocks = events.flatMap(({ flush, offset }, i) => (!flush && offset < 8192 ? [i] : []));
    assert.ok(superblocks.length > 5, `${superblocks.length} superblocks`);
    // The first one is of the disk's formatting.
    for (const at of superblocks.slice(1))
      assert.deepEqual([events[at - 1]?.flush, events[at + 1]?.flush], [true, true]);
  });

  test("may be read-only, longer, or has to be refused", () => {
    const store = new Store({});
    store.set("/a", bytesOf("x"));
    store.sync();
    const readOnly = new Store({ disk: store.disk.slice(), readOnly: true });
    assert.deepEqual(readOnly.get("/a"), bytesOf("x"));
    assert.equal(readOnly.set("/a", bytesOf("y")), abi.E_READ_ONLY);
    const longer = new Uint8Array(1536 * KIB);
    longer.set(store.disk);
    assert.deepEqual(new Store({ disk: longer }).get("/a"), bytesOf("x"));
    const shrunk = new Store({ disk: store.disk.slice(0, 900 * KIB) });
    assert.equal(shrunk.get("/a"), abi.E_INVALID);
    assert.match(lines(shrunk)[0] ?? "", /the store has \d+ bytes, the disk 921600; mend it by: truncate -s \d+ DISK/);
    const small = new Store({ disk: new Uint8Array(64 * KIB) });
    assert.equal(small.get("/a"), abi.E_NO_SPACE);
    assert.match(lines(small)[0] ?? "", /the disk has 65536 bytes; a store needs 106496/);
    const emptyReadOnly = new Store({ readOnly: true });
    assert.equal(emptyReadOnly.get("/a"), abi.E_READ_ONLY);
    const failing = new Store({});
    failing.fault = () => abi.E_IO;
    assert.equal(failing.get("/a"), abi.E_IO);
    assert.match(lines(failing)[0] ?? "", /cannot be read: E_IO/);
  });
});
